"""The wire of network UHF readers, for the contract tests."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from gatekeeper.readers.codecs.frames import Answer, Details, Frame, Tag

VARIANTS: tuple[dict[str, str], ...] = ({},)
REFUSED = {"llrp-length-inside": "length", "llrp-epc-bits": "length"}
WEAK = "a message has no check value, TCP has; what damage leaves in shape is believed"
COUPLED = "a damaged length takes from the next message, and no check value tells"

NUMBERS = st.integers(0, 0xFFFFFFFF)
CONNECTION = {
    "Success": "success",
    "Failed (a Client initiated connection already exists)": "client_initiated_exists",
}
STATUS = {"Success": "success", "DeviceError": "device_error"}


@st.composite
def frames(draw: st.DrawFn, _options: dict[str, str]) -> Frame:
    """Any tag alone in its report, and messages without parameters."""
    details: Details = (("id", draw(NUMBERS)),)
    kind = draw(st.sampled_from(["tag", "tag", "tag", "bare", "spec"]))
    if kind == "bare":
        names = ["keepalive", "keepalive_ack", "enable_events_and_reports", "get_rospecs"]
        return Answer(draw(st.sampled_from(names)), details)
    if kind == "spec":
        name = draw(st.sampled_from(["delete_rospec", "enable_rospec", "delete_accessspec"]))
        return Answer(name, (*details, ("spec", draw(NUMBERS))))
    # The head of a message is likelier inside than by chance, as an unlucky EPC has it.
    piece = st.one_of(st.binary(min_size=2, max_size=2), st.just(b"\x04\x3d"), st.just(b"\0\0"))
    words = b"".join(draw(st.lists(piece, min_size=1, max_size=31)))
    if draw(st.booleans()):
        details += (("first_seen_utc_us", draw(st.integers(0, 2**64 - 1))),)
    if draw(st.booleans()):
        details += (("count", draw(st.integers(0, 0xFFFF))),)
    antenna = draw(st.none() | st.integers(1, 0xFFFF))
    rssi = draw(st.none() | st.integers(-128, 127))
    return Tag(f"epc:{words.hex().upper()}", antenna, rssi, details)


def says(frame: Frame, due: dict[str, Any]) -> None:
    """`frame` holds what the vector names, each under the vector's own word."""
    assert isinstance(frame, Tag | Answer)
    if due["msg"] == "RO_ACCESS_REPORT":
        assert isinstance(frame, Tag)
        assert frame.credential == f"epc:{due['epc']}"
        assert (frame.antenna, frame.rssi_dbm) == (due["antenna"], due["peak_rssi_dbm"])
    else:
        assert isinstance(frame, Answer)
        assert frame.name == due["msg"].lower()
    for word in ("id", "utc_us", "first_seen_utc_us", "count"):
        if word in due:
            assert frame.detail(word) == due[word]
    if "connection" in due:
        assert frame.detail("connection") == CONNECTION[due["connection"]]
    if "status" in due:
        assert frame.detail("status") == STATUS[due["status"]]
