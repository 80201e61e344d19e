"""The wire of MagicRF M100 modules, for the contract tests."""

from __future__ import annotations

from binascii import crc_hqx
from typing import Any

from hypothesis import strategies as st

from gatekeeper.readers.codecs.frames import Answer, Frame, Tag

VARIANTS: tuple[dict[str, str], ...] = ({},)

NAMES = {
    "info": "module_info",
    "info request": "module_info",
}


@st.composite
def frames(draw: st.DrawFn, _options: dict[str, str]) -> Frame:
    """Any frame that the wire can carry."""
    kind = draw(st.sampled_from(["tag", "tag", "tag", "no_tag", "info", "command", "error"]))
    if kind == "tag":
        # Start and end byte are likelier inside than by chance, as an unlucky EPC has them.
        piece = st.one_of(
            st.binary(min_size=2, max_size=2), st.sampled_from([b"\xbb\x02", b"\x7e\xbb"])
        )
        words = draw(st.lists(piece, min_size=1, max_size=31))
        epc = b"".join(words)
        pc = (len(words) << 11 | draw(st.integers(0, 0x7FF))).to_bytes(2, "big")
        details = (
            ("command", draw(st.sampled_from(["single_poll", "multi_poll"]))),
            ("pc", pc.hex().upper()),
            ("tag_crc", f"{crc_hqx(pc + epc, 0xFFFF) ^ 0xFFFF:04X}"),
        )
        return Tag(f"epc:{epc.hex().upper()}", None, draw(st.integers(-128, 127)), details)
    if kind == "no_tag":
        return error(0x15, "no_tag")
    if kind == "error":
        return error(0x20, "fhss_fail")
    if kind == "info":
        text = draw(st.text("MagicRf 0123456789.V", max_size=30))
        params = f"00{text.encode().hex().upper()}"
        head = (("type", "answer"), ("command", "module_info"), ("params", params))
        return Answer("module_info", (*head, ("kind", 0), ("text", text)))
    count = draw(st.integers(0, 0xFFFF))
    head = (("type", "command"), ("command", "multi_poll"), ("params", f"22{count:04X}"))
    return Answer("multi_poll", (*head, ("count", count)))


def error(code: int, name: str) -> Answer:
    """An error answer of one byte."""
    head = (("type", "answer"), ("command", "error"), ("params", f"{code:02X}"))
    return Answer(name, (*head, ("code", code)))


def says(frame: Frame, due: dict[str, Any]) -> None:
    """`frame` holds what the vector names, each under the vector's own word."""
    assert isinstance(frame, Tag | Answer)
    if "epc" in due:
        assert isinstance(frame, Tag)
        assert frame.credential == f"epc:{due['epc']}"
        assert frame.rssi_dbm == due["rssi_dbm"]
        assert frame.detail("pc") == due["pc"]
        assert frame.detail("tag_crc") == due["crc"].upper()
        assert len(due["epc"]) == 4 * due["epc_words_in_pc"]
        return
    assert isinstance(frame, Answer)
    if "error" in due:
        assert frame.detail("code") == int(due["error"][:2], 16)
        assert (frame.name == "no_tag") is due["benign"]
    if "cmd" in due:
        assert frame.name == NAMES.get(due["cmd"], due["cmd"].replace(" ", "_"))
    if "ok" in due:
        assert frame.detail("type") == "answer"
        assert frame.detail("params") == "00"
    if "dbm" in due:
        assert frame.detail("centi_dbm") == due["dbm"] * 100
    if "region" in due:
        assert frame.detail("params") == due["region"][:2]
    for word in ("count", "baud"):
        if word in due:
            assert frame.detail(word) == due[word]
    if "text" in due:
        assert (frame.detail("kind"), frame.detail("text")) == (due["kind"], due["text"])
