"""The asking end of the link, for web, worker and command line.

Thread-safe: connections are kept in a pool and one is made when none is free. Every request
has a deadline; no answer by then is a LinkError, which its caller shows as a denial. A
request is sent again after a broken connection only where twice is the same as once.
"""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Self, TypeVar

from gatekeeper.desk_act import DeskAct
from gatekeeper.errors import LinkError, UserError
from gatekeeper.link.address import socket_path
from gatekeeper.link.messages import (
    Answer,
    Await,
    AwaitTaps,
    Changed,
    Companions,
    Done,
    Explain,
    Explained,
    Failed,
    Failure,
    Head,
    Holders,
    IdCardAnswer,
    LookUp,
    Override,
    Read,
    ReadAnswer,
    ReadIdCard,
    Recorded,
    Representative,
    Request,
    SetGateState,
    Status,
    StatusAnswer,
    Taps,
    Witness,
    Witnessed,
    decode_answer,
    encode,
)
from gatekeeper.link.wire import Wire
from gatekeeper.model import GateState, JournalEntry, NodeStatus, Presentation

__all__ = ["LinkClient", "RefusedError"]

DEADLINE_S = 3.0
_MARGIN_S = 1.0
"""What a request that waits in the node may take beyond that wait."""

A = TypeVar("A", bound=Answer)


class LinkClient:
    """Requests to the node that listens at the socket `path`; see `for_data`."""

    def __init__(self, path: Path, *, deadline_s: float = DEADLINE_S, idle: int = 16) -> None:
        """Connects at the first request, not here. `idle`: connections kept for later."""
        self._path = path
        self._deadline_s = deadline_s
        self._idle_limit = idle
        self._idle: list[Wire] = []
        self._lock = threading.Lock()

    @classmethod
    def for_data(cls, data: Path, *, deadline_s: float = DEADLINE_S) -> Self:
        """A client of the node of the data directory `data`."""
        return cls(socket_path(data), deadline_s=deadline_s)

    def read(self, presentation: Presentation, deadline_s: float = 2.0) -> ReadAnswer:
        """Have `presentation` decided and recorded; the node may wait `deadline_s` for its disk.

        Raises LinkError (no answer: denied) and UserError (no such gate, no credential).
        """
        request = Read(presentation=presentation, deadline_s=deadline_s)
        return self._ask(
            request, ReadAnswer, deadline_s + _MARGIN_S, again=presentation.nonce is not None
        )

    def override(
        self,
        gate: str,
        *,
        actor: str,
        note: str,
        ref: int | None = None,
        credential: str | None = None,
        pass_id: str | None = None,
    ) -> ReadAnswer:
        """Let the holder of entry `ref`, of `credential` or of `pass_id` through, with a reason."""
        request = Override(
            gate=gate, actor=actor, note=note, ref=ref, credential=credential, pass_id=pass_id
        )
        return self._ask(request, ReadAnswer, again=False)

    def companions(self, ref: int, count: int, *, actor: str) -> JournalEntry:
        """Record how many companions really came with the guest of entry `ref`."""
        return self._ask(Companions(ref=ref, count=count, actor=actor), Recorded, again=False).entry

    def representative(self, ref: int, note: str, *, actor: str) -> JournalEntry:
        """Record who came in the place of the guest of entry `ref`."""
        request = Representative(ref=ref, note=note, actor=actor)
        return self._ask(request, Recorded, again=False).entry

    def set_gate_state(
        self, gate: str, state: GateState, *, actor: str, note: str = ""
    ) -> JournalEntry:
        """Open or close `gate`."""
        request = SetGateState(gate=gate, state=state, actor=actor, note=note)
        return self._ask(request, Recorded, again=False).entry

    def explain(self, credential: str, gate: str, at: float | None = None) -> Explained:
        """What `gate` would decide on `credential` at UTC `at`, without recording it."""
        return self._ask(Explain(credential=credential, gate=gate, at=at), Explained)

    def look_up(self, pass_ids: Iterable[str] = (), credentials: Iterable[str] = ()) -> Holders:
        """The holders of passes and of credentials (at most 1,000 each) that the node knows."""
        return self._ask(LookUp(pass_ids=tuple(pass_ids), credentials=tuple(credentials)), Holders)

    def status(self) -> NodeStatus:
        """How the node is."""
        return self._ask(Status(), StatusAnswer).status

    def await_head(self, after_seq: int, timeout_s: float = 10.0) -> Head:
        """Wait until the journal's head is above `after_seq` or `timeout_s` is over."""
        return self._ask(
            Await(after_seq=after_seq, timeout_s=timeout_s), Head, timeout_s + _MARGIN_S
        )

    def read_id_card(self, desk: str, wait_s: float = 0.0, within_s: float = 9.0) -> IdCardAnswer:
        """Have the identity card at `desk` read; the card has `within_s` to answer.

        Raises LinkError (no answer) and UserError (no such desk).
        """
        request = ReadIdCard(desk=desk, wait_s=wait_s)
        return self._ask(request, IdCardAnswer, wait_s + within_s + _MARGIN_S, again=False)

    def await_taps(self, desk: str, after: int | None, timeout_s: float = 5.0) -> Taps:
        """Wait for a tag at the reader of `desk`. Raises LinkError and UserError (no such desk)."""
        request = AwaitTaps(desk=desk, after=after, timeout_s=timeout_s)
        return self._ask(request, Taps, timeout_s + _MARGIN_S)

    def changed(self) -> None:
        """Hint that passes changed in the main database."""
        self._ask(Changed(), Done)

    def witness(self, acts: Iterable[DeskAct], deadline_s: float = 2.0) -> tuple[int, ...]:
        """Have acts of desks journaled; the numbers of their entries, durable. Twice is once."""
        request = Witness(acts=tuple(acts), deadline_s=deadline_s)
        return self._ask(request, Witnessed, deadline_s + _MARGIN_S).seqs

    def close(self) -> None:
        """Close the idle connections; a request in progress closes its own when done."""
        with self._lock:
            wires, self._idle, self._idle_limit = self._idle, [], 0
        for wire in wires:
            wire.close()

    def _ask(
        self, request: Request, due: type[A], within_s: float | None = None, *, again: bool = True
    ) -> A:
        until = time.monotonic() + (self._deadline_s if within_s is None else within_s)
        data = encode(request)
        wire, fresh = self._take(until)
        try:
            answer = self._talk(wire, data, until)
        except _BrokenError:
            if fresh or not again:
                raise
            # The node may have been restarted since this connection was made.
            answer = self._talk(self._connect(until), data, until)
        if isinstance(answer, due):
            return answer
        if isinstance(answer, Failed):
            raise (UserError if answer.kind is Failure.USER else RefusedError)(answer.message)
        raise LinkError(f"{type(answer).__name__} answered; {due.__name__} is due")

    def _talk(self, wire: Wire, data: bytes, until: float) -> Answer:
        received = None
        try:
            wire.send(data)
            if not wire.readable(until - time.monotonic()):
                raise _LateError(f"{self._path}: no answer in time")
            received = wire.receive()
        except _LateError:
            raise
        except LinkError as error:
            raise _BrokenError(f"{self._path}: {error}") from error
        finally:
            if received is None:
                wire.close()
        if received is None:
            raise _BrokenError(f"{self._path}: the node hung up")
        answer = decode_answer(received)
        self._give_back(wire)
        return answer

    def _take(self, until: float) -> tuple[Wire, bool]:
        """A connection and whether it was made just now."""
        while True:
            with self._lock:
                wire = self._idle.pop() if self._idle else None
            if wire is None:
                return self._connect(until), True
            if not wire.readable(0):
                return wire, False
            wire.close()  # nothing is due on an idle connection but its end

    def _connect(self, until: float) -> Wire:
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            sock.settimeout(max(0.05, until - time.monotonic()))
            sock.connect(str(self._path))
            return Wire(sock)
        except OSError as error:
            with contextlib.suppress(OSError):
                sock.close()
            raise LinkError(f"{self._path}: the node cannot be reached: {error}") from error

    def _give_back(self, wire: Wire) -> None:
        with self._lock:
            if len(self._idle) < self._idle_limit:
                self._idle.append(wire)
                return
        wire.close()


class RefusedError(LinkError):
    """The node is there, and answered that it cannot do it now."""


class _BrokenError(LinkError):
    """The connection ended before its answer."""


class _LateError(LinkError):
    """The node is there and did not answer in time; its answer must not meet the next request."""
