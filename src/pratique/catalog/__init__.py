"""Know what is in an image: the one pass over its bytes, and the fold of its layers into an inventory. Pure."""
