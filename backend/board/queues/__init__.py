"""What waits for a human: parked on the way to ERPNext, refused by Terrain."""
