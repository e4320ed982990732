"""Whether the ERPNext site fits the mapping: `terrain erp check`, and the same by itself."""
