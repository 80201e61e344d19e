"""Credential -> pass, in memory, for any number of threads.

A large table that never changes (table.py), and over it the few passes that changed since
it was loaded. A reader takes one state and asks it; a change is visible whole or not at
all. Nothing here judges a pass.
"""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterable

import msgspec

from gatekeeper.access.table import EM4100, PassTable, low_24
from gatekeeper.credential import canonical, printed_low_bits
from gatekeeper.errors import CredentialError
from gatekeeper.model import Pass, PassState

__all__ = ["CredentialIndex", "pack", "unpack"]

WORTH_FREEZING = 10_000
"""Passes from which on a load ends with a collection of garbage, some 10 ms."""

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Pass)


def pack(pass_: Pass) -> bytes:
    """`pass_` as the index, the change sequence and the node's copy carry it."""
    return _encoder.encode(pass_)


def unpack(packed: bytes) -> Pass:
    """The pass in `packed`. Raises msgspec.DecodeError (a ValueError) where it is none."""
    return _decoder.decode(packed)


class _State:
    """What was loaded, and what has changed since."""

    __slots__ = ("changed", "count", "loaded", "of_pass", "printed")

    def __init__(self, loaded: PassTable) -> None:
        self.loaded = loaded
        self.count = len(loaded)
        self.changed: dict[str, bytes | None] = {}
        """Credential to packed pass; None: taken away."""
        self.of_pass: dict[str, set[str]] = {}
        self.printed: dict[int, set[str]] = {}


def _lead_to(state: _State, pass_: Pass) -> None:
    """The ways to a changed pass. Before the pass itself: a look-up checks what it finds."""
    state.of_pass.setdefault(pass_.id, set()).add(pass_.credential)
    if pass_.credential.startswith(EM4100):
        state.printed.setdefault(low_24(pass_.credential), set()).add(pass_.credential)


class CredentialIndex:
    """Every pass that this node knows, found by what a reader reads."""

    def __init__(self) -> None:
        self._state = _State(PassTable())
        self._mutex = threading.Lock()
        self.change_seq = 0
        """The change of the main database up to which this is current."""

    def replace(self, passes: Iterable[tuple[str, bytes]], change_seq: int = 0) -> None:
        """Hold exactly `passes` (canonical credential, packed pass), all at once.

        Look-ups see the old ones until this returns. Raises ValueError for bytes that are
        no packed pass, and then nothing has changed.
        """
        state = _State(PassTable(passes))
        with self._mutex:
            self._state = state
            self.change_seq = change_seq
        if len(state.loaded) >= WORTH_FREEZING:
            # What is loaded stays: later collections need not look at it again. Unfreezing
            # first lets go of what an earlier load froze and nobody uses any more.
            gc.unfreeze()
            gc.collect()
            gc.freeze()

    def apply(self, credential: str, packed: bytes | None) -> None:
        """Put one pass in the place of what `credential` had; None takes it away.

        Raises ValueError for bytes that are no pass of this credential.
        """
        pass_ = None if packed is None else unpack(packed)
        if pass_ is not None and pass_.credential != credential:
            raise ValueError("packed pass of another credential seen")
        with self._mutex:
            state = self._state
            known = self._find(state, credential) is not None
            if pass_ is not None:
                _lead_to(state, pass_)
            state.changed[credential] = packed
            state.count += (pass_ is not None) - known

    def refuse(self, credential: str, state: PassState) -> None:
        """Let what is known of `credential` be in `state` from now on; unknown ones stay unknown.

        Raises ValueError for `active`: a look at the state alone must never open a gate.
        """
        if state is PassState.ACTIVE:
            raise ValueError("active seen; a state that opens nothing was due")
        with self._mutex:
            known = self._find(self._state, credential)
            if known is not None and known.state is not state:
                _lead_to(self._state, known)
                closed = msgspec.structs.replace(known, state=state)
                self._state.changed[credential] = _encoder.encode(closed)

    def find(self, credential: str) -> Pass | None:
        """The pass of a canonical credential. Raises ValueError for one that is damaged."""
        return self._find(self._state, credential)

    def find_pass(self, pass_id: str) -> Pass | None:
        """The pass with this identity; of several credentials the one put in last."""
        state = self._state
        for credential in tuple(state.of_pass.get(pass_id, ())):
            found = self._find(state, credential)
            if found is not None and found.id == pass_id:
                return found
        for found in state.loaded.of_pass(pass_id):
            if found.credential not in state.changed:
                return found
        return None

    def resolve(self, text: str) -> str:
        """The canonical credential that `text` means, however it was typed.

        A decimal number as printed on an EM4100 card leaves digits out: then the known card
        is meant whose number ends so. Raises CredentialError for what is no credential, and
        where several known cards could be meant.
        """
        low = printed_low_bits(text)
        if low is None:
            return canonical(text)
        value, bits = low
        meant = self._printed(value, bits)
        try:
            literal = canonical(text)
        except CredentialError:
            literal = None
        if literal is not None and literal not in meant and self.find(literal) is not None:
            meant.add(literal)
        if len(meant) > 1:
            raise CredentialError(f"{text.strip()!r}: {len(meant)} known cards end in this number")
        if meant:
            return meant.pop()
        return literal if literal is not None else f"{EM4100}{value:010X}"

    def known_by_print(self, value: int, bits: int) -> set[str]:
        """Known EM4100 cards whose number ends in `value` (`bits` bits), as it is printed.

        Raises ValueError where one of their passes is damaged.
        """
        return self._printed(value, bits)

    def __len__(self) -> int:
        return self._state.count

    def _printed(self, value: int, bits: int) -> set[str]:
        """Known EM4100 credentials whose last `bits` bits are `value`."""
        state = self._state
        low = value & 0xFFFFFF
        known = {found.credential for found in state.loaded.printed(low)}
        known |= set(state.printed.get(low, ()))
        mask = (1 << bits) - 1
        return {
            credential
            for credential in known
            if int(credential[len(EM4100) :], 16) & mask == value
            and self._find(state, credential) is not None
        }

    @staticmethod
    def _find(state: _State, credential: str) -> Pass | None:
        if state.changed and credential in state.changed:
            packed = state.changed[credential]
            return None if packed is None else _decoder.decode(packed)
        return state.loaded.find(credential)
