"""How a command of the lab ends, as an exit status. Misuse is 2, and the boundary's affair."""

HOLDS = 0  # nothing fell
FALLS = 1  # an invariant fell
