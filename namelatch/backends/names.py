"""The words for backends. Apart from what they stand for: the command line needs no more to refuse others."""

NAMES = ("embedded", "local", "docker", "external")
