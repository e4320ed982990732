"""Known outages, as a monitor raises and clears them."""
