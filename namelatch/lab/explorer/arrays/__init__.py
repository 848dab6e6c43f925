"""The search with late reads, thousands of states at once: joins of tables of numbers, on numpy's arrays.

`waves.py` says where many states lead, `chains.py` what a process reads on the way, `fronts.py` keeps what was reached,
`resting.py` finds where all of it comes to rest; `rows.py`, `spans.py` and `words.py` are what they are made of.
"""
