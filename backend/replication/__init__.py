"""The phone's door: POST /api/sync, GET /api/events, /api/blobs."""
