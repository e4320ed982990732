"""What the technician's app weighs, how fast it is, how many taps it takes, and who can use it."""
