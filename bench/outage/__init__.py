"""The drill: days without ERPNext, work in the field and in the office, then the drain."""
