"""Checks of how an image is configured."""
