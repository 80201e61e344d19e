"""The wire of Wiegand converters, for the contract tests."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from gatekeeper.readers.codecs.frames import Frame, Tag

VARIANTS: tuple[dict[str, str], ...] = (
    {"format": "h10301", "form": "auto"},
    {"format": "h10301", "form": "binary"},
    {"format": "h10304", "form": "binary"},
    {"format": "h10302", "form": "decimal", "end": "crlf"},
    {"format": "h10306", "form": "hex", "end": "lf"},
    {"format": "raw", "form": "hex", "end": "cr", "uid_order": "reversed"},
    {"format": "h10301", "form": "bits"},
    {"format": "h10306", "form": "prefixed"},
    {"format": "h10301", "form": "stx"},
    {"format": "h10304", "form": "stx_hex"},
    {"format": "h10301", "template": "ID={F:3}/{C:5};"},
)
WEAK = "no check but two parity bits, in decimal not even these; binary frames have no start byte"
APART = "a frame has no start byte and a line begins where another ended: taps come apart in time"
VECTOR_OPTIONS = {
    "w26-2": {"format": "H10301"},
    "w26-4": {"format": "H10301"},
    "w34-2": {"format": "raw"},
    "w37-1": {"format": "H10304"},
    "w26-pm3-123": {"format": "H10301"},
    "w26-text": {"format": "H10301"},
    "w26-prefixed": {"format": "H10301"},
    "w26-hex": {"format": "H10301"},
    "w26-stx": {"format": "H10301", "form": "stx"},
    "w34-10306": {"format": "H10306"},
    "w37-10302": {"format": "H10302"},
    "w34-reversed": {"format": "raw", "uid_order": "reversed"},
    "w26-parity-front": {"format": "H10301"},
    "w26-parity-back": {"format": "H10301"},
    "w26-stx-xor": {"format": "H10301", "form": "stx"},
}
REFUSED = {"w26-parity-front": "parity", "w26-parity-back": "parity"}
LIMITS = {"h10301": ("w26", 8, 16), "h10306": ("w34", 16, 16), "h10304": ("w37", 16, 19),
          "h10302": ("w37", 0, 35)}  # fmt: skip


def frames(options: dict[str, str]) -> st.SearchStrategy[Frame]:
    """Any number that the format can carry."""
    if options["format"] == "raw":
        return st.binary(min_size=4, max_size=4).map(lambda raw: Tag(f"uid:{raw.hex().upper()}"))
    scheme, facility, card = LIMITS[options["format"]]
    numbers = st.tuples(st.integers(0, (1 << facility) - 1), st.integers(0, (1 << card) - 1))
    return numbers.map(lambda pair: Tag(f"{scheme}:{pair[0]}:{pair[1]}"))


def says(frame: Frame, due: dict[str, Any]) -> None:
    """`frame` holds what the vector names, each under the vector's own word."""
    assert isinstance(frame, Tag)
    if "uid32" in due:
        assert frame.credential == f"uid:{due['uid32']}"
    else:
        scheme = {26: "w26", 34: "w34", 37: "w37"}[due["bits"]]
        assert frame.credential == f"{scheme}:{due['fc']}:{due['cn']}"
