"""ERPNext: client, mapping, inbound poll, outbound delivery."""
