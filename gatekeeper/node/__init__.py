"""The node: readers, decision, journal and the link's server in one process that needs no other.

`process` puts it together, `copy` is its own record of all passes on disk, `changes` follows
the main database, `clock` is its time. The node decides with the database, the web process
and the worker gone.
"""
