"""The Dockerfile as its reference describes it: parsed with exact positions, then evaluated. Pure."""
