"""The wire of a PN532 on its serial line (HSU), for the contract tests."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from gatekeeper.readers.codecs.frames import Answer, Details, Frame, Tag
from gatekeeper.readers.codecs.pn532_table import Command, card_type

VARIANTS: tuple[dict[str, str], ...] = ({},)
WEAK = (
    "No check covers the zeros around a frame, and their number is free: a frame whose first or "
    "last zero was damaged is still a frame. (Damage between them is tried byte by byte in "
    "tests/unit/readers/test_pn532_codec.py.)"
)
PADDING = b"\x00"

_COMMANDS = {
    "GetFirmwareVersion": "get_firmware_version",
    "InListPassiveTarget": "in_list_passive_target",
    "SetSerialBaudRate": "set_serial_baud_rate",
    "SAMConfiguration": "sam_configuration",
    "RFConfiguration": "rf_configuration",
}


@st.composite
def frames(draw: st.DrawFn, _options: dict[str, str]) -> Frame:
    """Any frame that the wire can carry."""
    kind = draw(st.sampled_from(["tag", "tag", "tag", "ack", "nack", "error", "none", "command"]))
    more: Details = (("extended", 1),) if draw(st.integers(0, 9)) == 0 else ()
    if kind == "tag":
        size = draw(st.sampled_from([4, 7, 10]))
        # The start code is likelier inside than by chance, as an unlucky UID has it.
        piece = st.one_of(st.binary(min_size=1, max_size=1), st.sampled_from([b"\0", b"\xff"]))
        uid = b"".join(draw(st.lists(piece, min_size=size, max_size=size)))
        sak = draw(st.integers(0, 255))
        ats: Details = ()
        if sak & 0x20 and draw(st.booleans()):
            rest = draw(st.binary(max_size=19))
            ats = (("ats", (bytes([len(rest) + 1]) + rest).hex().upper()),)
        details = (
            ("targets", 1),
            ("target", draw(st.integers(1, 2))),
            ("sens_res", draw(st.binary(min_size=2, max_size=2)).hex().upper()),
            ("sel_res", f"{sak:02X}"),
            ("type", card_type(sak)),
        )
        return Tag(f"uid:{uid.hex().upper()}", details=details + ats + more)
    if kind in ("ack", "nack"):
        return Answer(kind)
    if kind == "error":
        return Answer("error_frame", (("code", 0x7F), *more))
    if kind == "none":
        return Answer("no_target", (("sender", "reader"), ("data", "00"), *more))
    command = draw(st.sampled_from([c for c in Command if c.name != "IN_LIST_PASSIVE_TARGET"]))
    longest = 20 if draw(st.integers(0, 9)) else 263
    data = draw(st.binary(max_size=longest).filter(lambda data: len(data) != 4))
    sender = draw(st.sampled_from(["host", "reader"]))
    if len(data) + 2 > 0xFF:
        more = (("extended", 1),)
    details = (("sender", sender), ("data", data.hex().upper()))
    return Answer(command.name.lower(), details + more)


def says(frame: Frame, due: dict[str, Any]) -> None:
    """`frame` holds what the vector names, each under the vector's own word."""
    assert isinstance(frame, Tag | Answer)
    if "uid" in due:
        assert isinstance(frame, Tag)
        assert frame.credential == f"uid:{due['uid'].upper()}"
    elif due.get("targets") == 0:
        assert isinstance(frame, Answer)
        assert frame.name == "no_target"
    elif "cmd" in due:
        assert isinstance(frame, Answer)
        assert frame.name == _COMMANDS[due["cmd"]]
    else:
        assert isinstance(frame, Answer)
        assert frame.name == due["type"].lower().replace(" ", "_")
    if "code" in due and due.get("type") == "error frame":
        assert frame.detail("code") == 0x7F
    elif "code" in due:
        assert frame.detail("data") == f"{due['code']:02X}"
    if "max" in due:
        assert frame.detail("data") == f"{due['max']:02X}00"
    for word in ("targets", "sens_res", "sel_res", "chip", "version", "ats"):
        if word in due and due[word] != 0:
            assert frame.detail(word) == due[word]
