"""Schedules played one step at a time: from a search's trace, from a file, from a script."""
