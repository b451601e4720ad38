"""Look for trouble: one file a check, with examples that are its tests."""
