"""Seeded photos of equipment labels with their exact ground truth."""
