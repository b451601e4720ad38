"""Shared file formats, pure: bytes in, values out. No module here knows what an image is."""
