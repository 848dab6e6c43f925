"""As clients see it: resolvers as Debian ships them, in front of our DNS server, and what they make of an outage."""
