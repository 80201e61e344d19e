"""The worker process: everything that may be late but must not be lost.

Now: the projector, which copies the journal into the main database for reports, and the
mirror of the settings' gates. Mail, print and the nightly erase will get rooms here. It
must not decide, and nothing at a gate waits for it.
"""

from gatekeeper.worker.process import run

__all__ = ["run"]
