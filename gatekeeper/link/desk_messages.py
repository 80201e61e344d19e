"""What desks ask of the node: their identity cards, and tags tapped at their readers.

Part of gatekeeper.link.messages, which passes these on. Nothing of it is decided or recorded.
"""

from __future__ import annotations

import msgspec

from gatekeeper.link.base import Message

__all__ = ["AwaitTaps", "IdCard", "IdCardAnswer", "ReadIdCard", "Tap", "Taps"]


class ReadIdCard(Message, frozen=True, tag="read_id_card"):
    """Read the identity card in the contact reader of `desk`; wait `wait_s` for one to be put in.

    Answer: IdCardAnswer. Nothing of it is kept or recorded.
    """

    desk: str
    wait_s: float = 0.0


class AwaitTaps(Message, frozen=True, tag="await_taps"):
    """Wait for a tag at the reader of `desk` after tap number `after`, at most `timeout_s`.

    `after` None: nothing of what was before; the answer says from where to go on. Answer: Taps.
    Nothing of it is decided or recorded.
    """

    desk: str
    after: int | None = None
    timeout_s: float = 0.0


class IdCard(msgspec.Struct, frozen=True):
    """What was read of an identity card: number and names, and nothing else. Never logged."""

    number: str
    title: str
    first_name: str
    last_name: str
    name_latin: str = ""


class IdCardAnswer(Message, frozen=True, tag="id_card"):
    """The card; or None, and the sentences say why it could not be read and what to do."""

    card: IdCard | None
    reason: str = ""
    th: str = ""
    en: str = ""


class Tap(msgspec.Struct, frozen=True):
    """A tag that was held to a desk's reader once."""

    seq: int
    credential: str
    at: float


class Taps(Message, frozen=True, tag="taps"):
    """What was tapped at a desk, in order; `last` is the number to ask after."""

    last: int
    taps: tuple[Tap, ...] = ()
