"""One file a publisher: where its data is, and a pure parser of its own format."""
