"""Simulation at scale: one schedule a seed, call by call, in virtual time, under faults and then without."""
