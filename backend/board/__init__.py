"""The dispatcher's API and pages."""
