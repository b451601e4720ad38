"""Checks for what the application's own code does wrong."""
