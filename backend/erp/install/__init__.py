"""Brings what Terrain needs into an ERPNext site: `terrain erp install`."""
