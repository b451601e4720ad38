"""Reach an image, wherever it is, and give its bytes only with their digests verified. Doors."""
