"""The technician's pages: /t/, enrolment, manifest, service worker."""
