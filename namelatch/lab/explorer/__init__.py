"""The explorer: every schedule of some processes within bounds, each distinct state once.

`explore.py` searches and `recovery.py` judges liveness; what one act does is `strides.py`, what a stopped coroutine
keeps `freeze.py` and `lives.py`; reads are put off by `latereads.py`, and taken by thousands in `arrays/`.
"""
