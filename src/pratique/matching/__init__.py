"""Hold packages against advisories. Pure."""
