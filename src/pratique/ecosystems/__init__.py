"""One file each: which files an ecosystem wants kept, how they become packages, and what order its versions have."""
