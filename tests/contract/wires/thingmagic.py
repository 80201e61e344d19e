"""The wire of ThingMagic modules, for the contract tests."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from gatekeeper.readers.codecs.frames import Answer, Details, Frame, Tag

VARIANTS: tuple[dict[str, str], ...] = ({},)


@st.composite
def frames(draw: st.DrawFn, _options: dict[str, str]) -> Frame:
    """Any frame that the wire can carry."""
    kind = draw(st.sampled_from(["tag", "tag", "tag", "keep_alive", "error", "version", "host"]))
    if kind == "tag":
        return draw(tags())
    if kind == "keep_alive":
        return answer("keep_alive", "read_tag_id_multiple", 0x0400)
    if kind == "error":
        return answer("over_temperature", "read_tag_id_multiple", 0x0504)
    if kind == "version":
        data = draw(st.binary(min_size=20, max_size=20))
        firmware = ".".join(f"{byte:02X}" for byte in data[12:16])
        parts = (("hardware", data[4:8].hex().upper()), ("firmware", firmware))
        return answer("version", "version", 0, data, parts)
    data = draw(st.binary(min_size=4, max_size=4))
    details = (("direction", "host"), ("op", "set_baud_rate"), ("data", data.hex().upper()))
    return Answer("set_baud_rate", (*details, ("baud", int.from_bytes(data, "big"))))


@st.composite
def tags(draw: st.DrawFn) -> Tag:
    """A streamed tag with any values of its fields; two sets of metadata."""
    # The start byte is likelier inside than by chance, as an unlucky EPC has it.
    piece = st.one_of(
        st.binary(min_size=2, max_size=2), st.sampled_from([b"\xff\x22", b"\x22\xff"])
    )
    epc = b"".join(draw(st.lists(piece, min_size=1, max_size=29)))
    xpc = draw(st.sampled_from(["", "", "0001", "80011234"]))
    words = len(epc) // 2 + draw(st.sampled_from([0, len(xpc) // 4]))
    low_bits = draw(st.integers(0, 0x1FF)) | (0x0200 if xpc else 0)
    data = draw(st.sampled_from([b"", b"", b"\x12\x34\x56\x78"]))
    short = draw(st.booleans()) and not data
    tx, rx = draw(st.integers(1, 16)), draw(st.integers(1, 16))
    details: Details = (("op", "read_tag_id_multiple"), ("status", 0))
    details += (("head", "10001B000601" if short else "10001B01FF01"),)
    if data:
        details += (("data_bits", 8 * len(data)), ("data", data.hex().upper()))
    details += (("antenna_tx", tx), ("antenna_rx", rx))
    if not short:
        sizes = {"read_count": 1, "freq_khz": 3, "ts_ms": 4, "phase": 2}
        details += tuple((n, draw(st.integers(0, 256**size - 1))) for n, size in sizes.items())
        details += (("protocol", 5), ("gpio", draw(st.integers(0, 255))))
    details += (("pc", f"{words << 11 | low_bits:04X}"),)
    if xpc:
        details += (("xpc", xpc),)
    details += (("tag_crc", f"{draw(st.integers(0, 0xFFFF)):04X}"),)
    return Tag(f"epc:{epc.hex().upper()}", tx, draw(st.integers(-128, 127)), details)


def answer(name: str, op: str, status: int, data: bytes = b"", parts: Details = ()) -> Answer:
    """An answer of the module."""
    head: Details = (("direction", "reader"), ("op", op), ("status", status))
    return Answer(name, (*head, ("data", data.hex().upper()), *parts))


def says(frame: Frame, due: dict[str, Any]) -> None:
    """`frame` holds what the vector names, each under the vector's own word."""
    assert isinstance(frame, Tag | Answer)
    if "epc" in due:
        assert isinstance(frame, Tag)
        assert frame.credential == f"epc:{due['epc']}"
        assert frame.rssi_dbm == due["rssi_dbm"]
        assert frame.antenna == due["antenna_tx"]
        for word in ("status", "antenna_rx", "freq_khz", "ts_ms", "phase", "protocol", "pc"):
            assert frame.detail(word) == due[word], word
        assert frame.detail("tag_crc") == due["tag_crc"]
        return
    assert isinstance(frame, Answer)
    if "cmd" in due:
        code, _, words = due["cmd"].partition(" ")
        assert frame.detail("direction") == "host"
        assert frame.raw[2] == int(code, 16)
        assert words.startswith(frame.name.replace("_", " ").removesuffix(" rate"))
        if "data" in due:
            assert frame.detail("data") == due["data"]
        numbers = [int(word.strip("()")) for word in words.split() if word.strip("()").isdigit()]
        assert numbers == [value for name, value in frame.details if name in ("baud", "timeout_ms")]
        return
    assert frame.detail("direction") == "reader"
    status, _, words = str(due["status"]).partition(" ")
    assert frame.detail("status") == int(status, 16)
    due_name = words.partition(" (")[0] if due["type"] == "error" else due["type"]
    assert frame.name == due_name.replace(" ", "_")
    for word in ("hardware", "firmware", "program", "region"):
        if word in due:
            assert frame.detail(word) == due[word]
