"""External analysers as doors: they are given code in a folder of their own, and what they say comes back as results."""
