"""The worker process: everything that may be late but must not be lost.

Now: the projector, which copies the journal into the main database for reports, and the
mirror of the settings' gates; mail, print, the nightly erase, checkpoints, backup. It
must not decide, and nothing at a gate waits for it.
"""
