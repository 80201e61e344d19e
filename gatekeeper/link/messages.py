"""What can be asked of the node, and what it answers: tagged structs, encoded as msgpack.

One request, one answer, in order, on one connection. A message is at most `LARGEST` bytes.
Names of holders travel only in answers (`ReadAnswer`, `Explained`, `Holders`); requests carry
identities. Nothing is done here.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from gatekeeper.desk_act import DeskAct
from gatekeeper.errors import LinkError
from gatekeeper.link.base import Message
from gatekeeper.link.desk_messages import (
    AwaitTaps,
    IdCard,
    IdCardAnswer,
    ReadIdCard,
    Tap,
    Taps,
)
from gatekeeper.model import (
    Decision,
    GateState,
    Holder,
    JournalEntry,
    NodeStatus,
    Presentation,
)

__all__ = [
    "LARGEST",
    "Answer",
    "Await",
    "AwaitTaps",
    "Changed",
    "Companions",
    "Done",
    "Explain",
    "Explained",
    "Failed",
    "Failure",
    "Head",
    "Holders",
    "IdCard",
    "IdCardAnswer",
    "LookUp",
    "Override",
    "Read",
    "ReadAnswer",
    "ReadIdCard",
    "Recorded",
    "Representative",
    "Request",
    "SetGateState",
    "Status",
    "StatusAnswer",
    "Tap",
    "Taps",
    "Witness",
    "Witnessed",
    "decode_answer",
    "decode_request",
    "encode",
]

LARGEST = 1 << 20
"""Bytes of the largest message; holders of some thousand passes fit."""


class Read(Message, frozen=True, tag="read"):
    """Decide on `presentation` and record it. Answer: ReadAnswer."""

    presentation: Presentation
    deadline_s: float = 2.0
    """Seconds that the node may wait for the disk."""


class Override(Message, frozen=True, tag="override"):
    """An officer lets somebody through: whom, say ref, credential or pass_id, or none of them.

    Answer: ReadAnswer with reason granted_override.
    """

    gate: str
    actor: str
    note: str
    ref: int | None = None
    credential: str | None = None
    pass_id: str | None = None


class Companions(Message, frozen=True, tag="companions"):
    """`count` companions really came with the guest of entry `ref`. Answer: Recorded."""

    ref: int
    count: int
    actor: str


class Representative(Message, frozen=True, tag="representative"):
    """`note` says who came in the place of the guest of entry `ref`. Answer: Recorded."""

    ref: int
    note: str
    actor: str


class SetGateState(Message, frozen=True, tag="set_gate_state"):
    """Open or close a gate. Answer: Recorded."""

    gate: str
    state: GateState
    actor: str
    note: str = ""


class Explain(Message, frozen=True, tag="explain"):
    """What would be decided at UTC `at` (None: now), without recording. Answer: Explained."""

    credential: str
    gate: str
    at: float | None = None


class LookUp(Message, frozen=True, tag="look_up"):
    """Holders of passes and of credentials, at most 1,000 of each. Answer: Holders."""

    pass_ids: tuple[str, ...] = ()
    credentials: tuple[str, ...] = ()


class Status(Message, frozen=True, tag="status"):
    """How the node is. Answer: StatusAnswer."""


class Await(Message, frozen=True, tag="await"):
    """Wait until the journal's head is above `after_seq`, or `timeout_s` is over. Answer: Head."""

    after_seq: int
    timeout_s: float


class Changed(Message, frozen=True, tag="changed"):
    """A hint that passes changed in the main database. Answer: Done."""


class Witness(Message, frozen=True, tag="witness"):
    """Put acts of desks into the journal, each key once. Answer: Witnessed."""

    acts: tuple[DeskAct, ...]
    deadline_s: float = 2.0
    """Seconds that the node may wait for the disk."""


class ReadAnswer(Message, frozen=True, tag="read_answer"):
    """What was decided and recorded; `entry.seq` is 0 where it could not be recorded."""

    entry: JournalEntry
    holder: Holder | None = None


class Recorded(Message, frozen=True, tag="recorded"):
    """The entry that an officer's act became."""

    entry: JournalEntry


class Explained(Message, frozen=True, tag="explained"):
    """What would be decided; `credential` is the canonical form of what was asked."""

    credential: str
    decision: Decision
    holder: Holder | None = None


class Holders(Message, frozen=True, tag="holders"):
    """Those that were found; the rest is missing."""

    passes: dict[str, Holder] = msgspec.field(default_factory=dict)
    credentials: dict[str, Holder] = msgspec.field(default_factory=dict)


class StatusAnswer(Message, frozen=True, tag="status_answer"):
    """The node's status."""

    status: NodeStatus


class Head(Message, frozen=True, tag="head"):
    """Highest durable sequence number, and when (monotonic, ns) the node knew it durable."""

    seq: int
    durable_ns: int
    run: str = ""


class Witnessed(Message, frozen=True, tag="witnessed"):
    """The numbers of their entries, in the order of the acts; all are durable."""

    seqs: tuple[int, ...]


class Done(Message, frozen=True, tag="done"):
    """Understood; there is nothing to tell."""


class Failure(StrEnum):
    """Why a request was not done."""

    USER = "user"
    """What was asked for cannot be; the message is for the person who asked."""
    MALFORMED = "malformed"
    """The bytes were no request."""
    BUSY = "busy"
    """Too many connections."""
    FAULT = "fault"
    """The node could not do it now (journal, defect); nothing was done."""


class Failed(Message, frozen=True, tag="failed"):
    """The request was not done."""

    kind: Failure
    message: str


Request = (
    Read
    | Override
    | Companions
    | Representative
    | SetGateState
    | Explain
    | LookUp
    | Status
    | Await
    | Changed
    | ReadIdCard
    | Witness
    | AwaitTaps
)
_Told = ReadAnswer | Recorded | Explained | Holders | StatusAnswer | Head | IdCardAnswer
Answer = _Told | Witnessed | Taps | Done | Failed

_encoder = msgspec.msgpack.Encoder()
_requests: msgspec.msgpack.Decoder[Request] = msgspec.msgpack.Decoder(Request)
_answers: msgspec.msgpack.Decoder[Answer] = msgspec.msgpack.Decoder(Answer)


def encode(message: Request | Answer) -> bytes:
    """The bytes of `message`. Raises LinkError where they are too many."""
    data = _encoder.encode(message)
    if len(data) > LARGEST:
        raise LinkError(f"message of {len(data)} bytes; at most {LARGEST} are due")
    return data


def decode_request(data: bytes) -> Request:
    """The request in `data`. Raises LinkError where it holds none."""
    try:
        return _requests.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise LinkError(f"no request in {len(data)} bytes: {error}") from error


def decode_answer(data: bytes) -> Answer:
    """The answer in `data`. Raises LinkError where it holds none."""
    try:
        return _answers.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise LinkError(f"no answer in {len(data)} bytes: {error}") from error
