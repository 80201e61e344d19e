"""The decision and its record: who may pass, who is where, and the one path of every tag.

Pure and in memory; the journal, the clock and the outputs are handed in. This room opens
no file, no port and no socket.
"""
