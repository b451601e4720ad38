"""Tell it: one file a format."""
