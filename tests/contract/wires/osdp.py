"""The wire of an OSDP bus, for the contract tests."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from gatekeeper.readers.codecs.frames import Answer, Details, Frame, Tag
from gatekeeper.readers.codecs.osdp_table import ENCRYPTED, Command, Reply
from gatekeeper.readers.codecs.wiegand_formats import bits_due, credential_of, with_parity

VARIANTS: tuple[dict[str, str], ...] = (
    {},
    {"format": "raw", "uid_order": "reversed"},
    {"format": "H10304"},
)
WEAK = (
    "A frame may be closed by a sum of 8 bits in the place of a CRC, and one bit says which: "
    "damage to it leaves the weaker check. No check covers the mark before a frame."
)
PADDING = b"\xff"
"""One mark before a frame belongs to it; a frame is whole without."""


@st.composite
def frames(draw: st.DrawFn, options: dict[str, str]) -> Frame:
    """Any frame that the wire can carry."""
    # A frame's beginning is likelier inside than by chance.
    piece = st.one_of(st.binary(max_size=4), st.sampled_from([b"\x53", b"\xff\x53\x80\x08\x00"]))
    content = b"".join(draw(st.lists(piece, max_size=12)))
    is_card, is_reply = draw(st.booleans()), draw(st.booleans())
    details: Details = (
        ("direction", "reply" if is_reply or is_card else "command"),
        ("address", draw(st.integers(0, 127))),
        ("sequence", draw(st.integers(0, 3))),
        ("check", draw(st.sampled_from(["crc", "crc", "sum"]))),
    )
    if is_card:
        return _card(draw, options, details)
    kinds = [*Reply] if is_reply else [*Command]
    name = draw(st.sampled_from([kind.name.lower() for kind in kinds if kind != Reply.RAW]))
    if draw(st.integers(0, 9)) == 0:
        name = "reply_f1" if is_reply else "command_f1"
    if draw(st.booleans()):
        block = bytes([draw(st.integers(0x11, 0x18)), draw(st.integers(0, 255))])
        details += (("security", block.hex().upper()),)
        details += (("encrypted", 1),) if block[0] in ENCRYPTED else ()
    return Answer(name, (*details, ("data", content.hex().upper())))


def _card(draw: st.DrawFn, options: dict[str, str], details: Details) -> Frame:
    name = options.get("format", "H10301")
    bits = draw(st.sampled_from(bits_due(name)))
    if name == "raw":
        value = draw(st.integers(0, (1 << bits) - 1))
    else:
        value = with_parity(draw(st.integers(0, (1 << (bits - 2)) - 1)), bits)
    size = -(-bits // 8)
    shifted = (value << (size * 8 - bits)).to_bytes(size, "big")
    reader, told = draw(st.integers(0, 1)), draw(st.integers(0, 1))
    content = bytes([reader, told]) + bits.to_bytes(2, "little") + shifted
    credential = credential_of(name, value, bits, reverse="uid_order" in options)
    details += (("data", content.hex().upper()), ("reader", reader))
    return Tag(credential, details=(*details, ("card_format", told), ("bits", bits)))


def says(frame: Frame, due: dict[str, Any]) -> None:
    """`frame` holds what the vector names, each under the vector's own word."""
    assert isinstance(frame, Tag | Answer)
    word = due.get("cmd", due.get("reply", "50 (encrypted)"))
    if isinstance(frame, Answer):
        assert frame.name == {"50 (encrypted)": "raw"}.get(word, word.split()[1].lower())
        assert frame.detail("encrypted") == (1 if "scs" in due else None)
    assert frame.detail("direction") == ("command" if "cmd" in due else "reply")
    if isinstance(due.get("addr"), int):
        assert frame.detail("address") == due["addr"]
    if "check" in due:
        assert frame.detail("check") == "sum"
    if "scs" in due:
        assert frame.detail("security") == due["scs"]
    for theirs, ours in {"seq": "sequence", "reader": "reader", "format": "card_format"}.items():
        if theirs in due:
            assert frame.detail(ours) == due[theirs]
    if "bits" in due:
        assert frame.detail("bits") == due["bits"]
        assert str(frame.detail("data")).endswith(due["data"])
