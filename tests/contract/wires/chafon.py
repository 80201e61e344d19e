"""The wire of Chafon and kin (UHFReader18, 288), for the contract tests."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from gatekeeper.readers.codecs.chafon_table import Command
from gatekeeper.readers.codecs.frames import Answer, Details, Frame, Tag

VARIANTS: tuple[dict[str, str], ...] = ({}, {"layout": "18"})
VECTOR_OPTIONS = {
    identity: {"layout": "18"}
    for identity in ("chafon18-1", "chafon18-2", "chafon18-multi", "chafon18-push")
}
REFUSED = {"chafon-wrong-layout": "length"}


@st.composite
def frames(draw: st.DrawFn, options: dict[str, str]) -> Frame:
    """Any frame of one tag, or of none, that the wire can carry under these options."""
    address = ("address", draw(st.integers(0, 255)))
    kind = draw(st.sampled_from(["tag", "tag", "tag", "push", "none", "error", "beat", "other"]))
    if kind in ("tag", "push"):
        # Heads of frames are likelier inside than by chance, as an unlucky EPC has them.
        piece = st.one_of(
            st.binary(min_size=2, max_size=2), st.sampled_from([b"\x05\x00", b"\x01\xfb"])
        )
        epc = b"".join(draw(st.lists(piece, min_size=1, max_size=31)))
        command = "push" if kind == "push" else "inventory"
        status = 0 if kind == "push" else draw(st.integers(1, 4))
        details: Details = (address, ("command", command), ("status", status))
        antenna = None
        if not options:
            antenna = draw(st.integers(1, 8))
            mask = draw(st.sampled_from([1 << antenna - 1] * 3 + [5]))
            antenna = antenna if mask != 5 else None
            rssi = ("rssi_raw", draw(st.integers(0, 255)))
            details += (("antenna_mask", mask), rssi)
            if kind == "tag" and draw(st.integers(0, 4)) == 0:
                tid = draw(st.binary(min_size=12, max_size=12))
                details += (("tid", tid.hex().upper()),)
        return Tag(f"epc:{epc.hex().upper()}", antenna, None, details)
    if kind == "none":
        head = (address, ("command", "inventory"))
        return Answer("no_tag", (*head, ("data", "FB"), ("status", 0xFB)))
    if kind == "error":
        command = draw(st.sampled_from(["inventory", "set_work_mode", "get_reader_information"]))
        head = (address, ("command", command))
        return Answer("illegal_command", (*head, ("data", "FE"), ("status", 0xFE)))
    if kind == "beat":
        data = "28" + draw(st.binary(min_size=16, max_size=16)).hex().upper()
        head = (address, ("command", "push"))
        return Answer("heartbeat", (*head, ("data", data), ("status", 0x28)))
    lists = ("INVENTORY", "PUSH", "QT", "SINGLE", "GET_READER")
    plain = [c.name.lower() for c in Command if not any(word in c.name for word in lists)]
    name = draw(st.sampled_from(plain))
    data = draw(st.binary(max_size=40).filter(lambda data: len(data) != 1)).hex().upper()
    return Answer(name, (address, ("command", name), ("data", data)))


def says(frame: Frame, due: dict[str, Any]) -> None:
    """`frame` holds what the vector names, each under the vector's own word."""
    assert isinstance(frame, Tag | Answer)
    if "tags" in due:
        assert isinstance(frame, Tag)
        first = due["tags"][0]
        assert frame.credential == f"epc:{first['epc']}"
        assert frame.rssi_dbm is None
        assert frame.detail("rssi_raw") == first.get("rssi")
        assert frame.detail("tid") == first.get("tid")
        assert frame.detail("tags") in (None, due.get("num"))
    if isinstance(due.get("cmd"), str):
        assert isinstance(frame, Answer)
        assert frame.name == due["cmd"]
    elif "cmd" in due:
        assert frame.detail("command") == Command(due["cmd"]).name.lower()
    if "meaning" in due:
        assert isinstance(frame, Answer)
        none = ("no_tag", "complete")
        due_names = none if "no tag" in due["meaning"] else (due["meaning"].replace(" ", "_"),)
        assert frame.name in due_names
    if "antenna" in due:
        assert isinstance(frame, Tag)
        assert frame.antenna == due["antenna"]
    for word, detail in (("addr", "address"), ("ant_mask", "antenna_mask")):
        if word in due:
            assert frame.detail(detail) == due[word]
    if frame.detail("command") == "get_reader_information":
        for word in ("version", "type", "layout", "power_dbm", "scan_time_ms"):
            assert frame.detail(word) == due.get(word)
    elif "status" in due:
        assert frame.detail("status") == due["status"]
