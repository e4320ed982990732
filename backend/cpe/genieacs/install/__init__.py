"""What Terrain gives an ACS: the reading of a modem at its first contact and at each boot."""
