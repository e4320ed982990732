"""One snapshot of the day: phones, visits, what to decide."""
