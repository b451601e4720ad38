"""Compose a scan: the only floor that knows every leaf. From a reference to a report."""
