"""Checks over a Dockerfile and its build context."""

APART = True
"""A scan has no Dockerfile, and loads none of them."""
