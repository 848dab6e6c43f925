"""Faults on real processes: what strikes, when, what goes on meanwhile, and what is made of it afterwards."""
