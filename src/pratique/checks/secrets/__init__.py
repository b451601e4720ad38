"""Checks for what should never have been in an image."""
