"""Know what is known: advisories of every publisher in one shape, fetched by one door, kept in one file."""
