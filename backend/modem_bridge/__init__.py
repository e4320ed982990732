"""The modem bridge: asks a modem's own web interface, for whoever bears the secret."""
