"""Source code as what it calls and sets: one small shape for several languages, so that a rule is a table and not a parser."""
