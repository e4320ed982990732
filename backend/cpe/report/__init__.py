"""The installation report: one page of what was done and measured on a visit, with its proof."""
