"""What the lab found, for people: calls in words, traces as tables and diagrams, verdicts, pages. Pure: text only."""
