"""Who is calling: technician links and device sessions, dispatcher identity."""
