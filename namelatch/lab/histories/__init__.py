"""Recorded histories: what a run left on disk, replayed, judged, and each root put in one order."""
