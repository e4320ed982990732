"""Equipment by its label: what a serial, a barcode or a MAC belongs to, for whoever may know."""
