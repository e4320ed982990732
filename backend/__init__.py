"""Acts: loads state, asks sync, stores the plan, talks to the network."""
