"""The protocol as a Promela model (docs/model/namelatch.pml), held against the code: counted, accepted, replayed."""
