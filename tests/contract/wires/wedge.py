"""The wire of keyboard wedges, as Linux tells it, for the contract tests."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from gatekeeper.readers.codecs.frames import Frame, Tag

VARIANTS: tuple[dict[str, str], ...] = ({"end": "auto"}, {"end": "enter"}, {"end": "tab"})
WEAK = "records of the kernel carry no check (USB has one before them); a text must hold its own"
APART = "a line begins where the one before it ended: scans come apart in time"
SAYS_ANY = "qr:"
VECTOR_OPTIONS = {"wedge-tab": {"end": "tab"}, "wedge-silence": {"end": "silence"}}
REFUSED = {
    "wedge-dropped": "length",
    "wedge-half": "length",
    "wedge-f1": "framing",
    "wedge-enter-alone": "framing",
}


def frames(_options: dict[str, str]) -> st.SearchStrategy[Frame]:
    """Any text that the wire can carry."""
    printable = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=30)
    return printable.filter(str.strip).map(lambda text: Tag(f"qr:{text.strip()}"))


def says(frame: Frame, due: dict[str, Any]) -> None:
    """`frame` holds what the vector names, each under the vector's own word."""
    assert isinstance(frame, Tag)
    assert frame.credential == f"qr:{due['text']}"
