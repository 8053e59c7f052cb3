"""Code of someone else's held to the reference: what is wrong, where, and which mistake it looks like.

Read `equations` (the method of `plain`, each equation a function of its own, so that a mistake is one of
them replaced) first.
"""
