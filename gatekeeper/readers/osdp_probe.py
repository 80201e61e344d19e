"""How OSDP readers are recognised: by frames on the bus, or by who they say they are.

The question is ID (61) to the address that every reader answers to, 7F, without a secure
channel, which this command does not need. With several readers on the bus their answers
collide: then each is asked for alone by its driver. A bus that another controller already
polls is recognised by listening, and nothing is asked.
"""

from __future__ import annotations

from binascii import crc_hqx

from gatekeeper.readers.facts import Probe, Recognised
from gatekeeper.readers.osdp_wire import Command, Ear, Heard

__all__ = ["PROBE", "recognise"]

BROADCAST = 0x7F
PDID = 0x45
"""Reply to ID: vendor (3), model, version, serial number (4), firmware (3)."""
PDID_SIZE = 12
_FRAME = bytes([0x53, BROADCAST, 9, 0, 0x04, Command.ID, 0x00])
_ASK = b"\xff" + _FRAME + crc_hqx(_FRAME, 0x1D0F).to_bytes(2, "little")


def recognise(heard: bytes) -> Recognised | None:
    """What frames of OSDP in `heard` tell; None where there is none."""
    ear = Ear()
    frames = [one for one in ear.feed(heard) + ear.idle() if isinstance(one, Heard)]
    frames = [one for one in frames if one.raw != _FRAME + _ASK[-2:]]  # an adapter that echoes
    if not frames:
        return None
    replies = [one for one in frames if one.is_reply]
    names = [one for one in replies if one.code == PDID and len(one.content) >= PDID_SIZE]
    address = (replies or frames)[0].address
    return Recognised(
        evidence=f"{len(frames)} OSDP frames, {len(replies)} of them replies",
        firmware=_identity(names[0].content) if names else "",
        options=(("address", address),) if address != BROADCAST else (),
        understood=sum(len(one.raw) for one in frames),
    )


def _identity(content: bytes) -> str:
    firmware = ".".join(str(byte) for byte in content[9:12])
    return f"vendor {content[:3].hex().upper()} model {content[3]} firmware {firmware}"


PROBE = Probe(
    bauds=(9600, 115200, 38400, 19200, 57600),
    ask=_ASK,
    recognise=recognise,
)
