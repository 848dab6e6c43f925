"""Mutants: the protocol's own source with one thing broken, and whether the lab alone notices."""
