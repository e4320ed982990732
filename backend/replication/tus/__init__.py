"""Photos come in pieces and survive every cut: /api/blobs speaks tus 1.0.0."""
