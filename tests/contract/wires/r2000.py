"""The wire of Impinj R2000 'A0' readers, for the contract tests."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from gatekeeper.readers.codecs.frames import Answer, Frame, Tag

VARIANTS: tuple[dict[str, str], ...] = ({}, {"phase": "off"}, {"phase": "on"}, {"ports": "8"})


@st.composite
def frames(draw: st.DrawFn, options: dict[str, str]) -> Frame:
    """Any frame that the wire can carry under these options."""
    address = ("address", draw(st.integers(0, 255)))
    kind = draw(st.sampled_from(["tag", "tag", "tag", "end", "status", "version"]))
    inventories = st.sampled_from(["real_time_inventory", "session_inventory"])
    if kind == "tag":
        # The start byte is likelier inside than by chance, as an unlucky EPC has it.
        piece = st.one_of(st.binary(min_size=2, max_size=2), st.just(b"\xa0\x13"))
        words = draw(st.lists(piece, min_size=1, max_size=31))
        rssi, antenna = draw(st.integers(0, 255)), draw(st.integers(1, 4))
        dbm = rssi - 129
        if options.get("ports") == "8" and rssi >= 128:
            antenna, dbm = antenna + 4, dbm - 128
        details = (
            address,
            ("command", draw(inventories)),
            ("freq_index", draw(st.integers(0, 63))),
            ("pc", f"{len(words) << 11 | draw(st.integers(0, 0x7FF)):04X}"),
            ("rssi_raw", rssi),
        )
        if options.get("phase") == "on":
            details += (("phase", draw(st.integers(0, 0xFFFF))),)
        credential = f"epc:{b''.join(words).hex().upper()}"
        return Tag(credential, antenna, dbm, details)
    if kind == "end":
        antenna, rate = draw(st.integers(0, 3)), draw(st.integers(0, 0xFFFF))
        antenna += 4 * draw(st.integers(0, int(options.get("ports", "4")) // 4 - 1))
        total = draw(st.integers(0, 0xFFFFFFFF))
        data = f"{antenna:02X}{rate:04X}{total:08X}"
        tail = (("antenna", antenna + 1), ("read_rate", rate), ("total_read", total))
        head = (address, ("command", draw(inventories)), ("data", data))
        return Answer("round_end", (*head, *tail))
    if kind == "status":
        head = (address, ("command", draw(inventories)))
        return Answer("antenna_missing", (*head, ("data", "22"), ("code", 0x22)))
    major, minor = draw(st.integers(0, 255)), draw(st.integers(0, 255))
    head = (address, ("command", "get_firmware_version"))
    version = ("version", f"{major}.{minor}")
    return Answer("get_firmware_version", (*head, ("data", f"{major:02X}{minor:02X}"), version))


def says(frame: Frame, due: dict[str, Any]) -> None:
    """`frame` holds what the vector names, each under the vector's own word."""
    assert isinstance(frame, Tag | Answer)
    if "epc" in due:
        assert isinstance(frame, Tag)
        assert frame.credential == f"epc:{due['epc']}"
        if "rssi_dbm_raw_minus_129" in due:
            assert frame.rssi_dbm == due["rssi_dbm_raw_minus_129"]
    elif "code" in due:
        assert frame.detail("code") == int(due["code"], 16)
        assert isinstance(frame, Answer)
        assert frame.name == "antenna_missing"
    elif "cmd" in due:
        assert isinstance(frame, Answer)
        assert frame.name.startswith(due["cmd"].replace(" ", "_"))
    elif "type" in due:
        assert isinstance(frame, Answer)
        assert frame.name == due["type"].replace(" ", "_")
    for word in ("freq_index", "pc", "rssi_raw", "read_rate", "total_read"):
        if word in due:
            assert frame.detail(word) == due[word]
    if "antenna" in due:
        heard = frame.antenna if isinstance(frame, Tag) else frame.detail("antenna")
        assert heard == due["antenna"]
