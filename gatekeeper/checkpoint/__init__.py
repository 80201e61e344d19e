"""Folds of the journal kept in files, so that a start replays the rest only.

`file` proves and keeps them, `presence` and `feed` are the two there are. The worker makes
both; the node and `gatekeeper explain` begin from the one, the web from the other.
"""
