"""How soon the board is drawn, and how soon it shows what changed."""
