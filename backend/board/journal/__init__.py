"""Who did what, when: of one visit, of a technician, of a serial; as a table too."""
