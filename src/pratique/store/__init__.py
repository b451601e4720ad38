"""Keep it: the evidence cache. Doors."""
