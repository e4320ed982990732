"""On-site checks of a customer's line: typed readings, and the sources that give them."""
