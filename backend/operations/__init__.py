"""What keeps an installation well for years: its disk, backups, alerts and figures."""
