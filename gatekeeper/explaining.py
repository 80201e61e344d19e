"""What a node that starts now would decide, worked out without one: for `gatekeeper explain`.

The same rooms as the node's, put together without readers, outputs or anything that records.
"""

from __future__ import annotations

import contextlib

from gatekeeper.access.fold import Fold
from gatekeeper.access.gate import Gate
from gatekeeper.access.index import CredentialIndex
from gatekeeper.access.presence import Presence
from gatekeeper.checkpoint.presence import presence_file
from gatekeeper.config import Config
from gatekeeper.errors import JournalError
from gatekeeper.journal.keys import load_key
from gatekeeper.journal.reader import JournalReader
from gatekeeper.journal.writer import JournalWriter
from gatekeeper.link.messages import Explained
from gatekeeper.model import unpack_holder
from gatekeeper.node.clock import SystemClock
from gatekeeper.node.copy import PassCopy, Table

__all__ = ["explain_offline"]


def explain_offline(config: Config, credential: str, gate: str, at: float | None) -> Explained:
    """What a node that starts now would decide; records nothing, needs no running process.

    Raises UserError (gate), CredentialError, StoreError where no pass can be had from
    anywhere, JournalError.
    """
    index = CredentialIndex()
    _load_passes(config, index)
    closed = JournalWriter(config.journal_path, bytes(32))  # never opened: it cannot record
    rules = [gate.rules() for gate in config.gates]
    gates = Gate(rules, index, Presence(), closed, SystemClock())
    _restore(config, gates)
    gates.ready = True
    credential = index.resolve(credential)
    found = index.find(credential)
    return Explained(
        credential=credential,
        decision=gates.explain(credential, gate, at),
        holder=unpack_holder(found.holder) if found else None,
    )


def _restore(config: Config, gates: Gate) -> None:
    """As the node does at its start. Raises JournalError."""
    with JournalReader(config.journal_path) as journal:
        withdrawn = journal.withdrawn()
        known = None
        with contextlib.suppress(JournalError, FileNotFoundError):  # no key: nothing is proven
            key = load_key(config.data / "journal.key")
            known = presence_file(config.data).load(key, journal, withdrawn)
        if known is not None:
            gates.resume(Fold.of(known.state))
        gates.restore(journal.replay(known.seq if known else 0), withdrawn)


def _load_passes(config: Config, index: CredentialIndex) -> None:
    """From the node's copy, or from the main database where there is none."""
    table = Table(index.replace, index.apply, index.refuse)
    if PassCopy(config.pass_copy_path).load(table, repair=False):
        return
    from gatekeeper.node.database import DatabaseSource  # its library costs half a second

    source = DatabaseSource(config.database_url)
    try:
        passes, seq, _ = source.everything()
        index.replace(passes, seq)
    finally:
        source.close()
