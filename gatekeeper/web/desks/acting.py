"""How a desk reads and writes: a session, and a hint to the gates once it is committed.

    with looking() as session: ...     # a snapshot
    with acting() as session: ...      # one transaction: all of it or nothing, gates told after it

Who acts is `gatekeeper.web.accounts.actor()`; from where is set for each request. Both raise
StoreError, which is answered as "the database cannot be reached".
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextlib import contextmanager

from gatekeeper.db.engine import Session
from gatekeeper.errors import LinkError
from gatekeeper.web.services import services

__all__ = ["acting", "looking"]


@contextmanager
def looking() -> Iterator[Session]:
    """A session for queries only."""
    with services().store.database.reading() as session:
        yield session


@contextmanager
def acting() -> Iterator[Session]:
    """A session that may write; committed at the end, rolled back by an exception."""
    with services().store.database.session() as session:
        yield session
    with contextlib.suppress(LinkError):
        # Only a hint: the node polls, and reads the change when it is back.
        services().link.changed()
