"""The lattice: every subset of the safeguards against every core scenario, searched, stored, and its pages."""
