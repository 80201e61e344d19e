"""The append-only record: what was decided, in order, and the proof that nobody edited it.

The only room that imports sqlite3. It stores and proves entries; it knows no gate, no pass
and no screen, and it never decides.
"""
