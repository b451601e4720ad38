"""Checks over a Dockerfile and its build context."""
