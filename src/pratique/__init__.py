"""Pratique: the licence a container needs to enter port, from the Dockerfile to the running process."""

__version__ = "0.1.0"
