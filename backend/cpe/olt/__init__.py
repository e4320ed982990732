"""The optical line terminals as a source: what they know of one customer's terminal, by SNMP."""
