"""Web Push: tells a phone that its day has changed, where its browser can be told."""
