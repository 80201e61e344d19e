"""The wire of scanners, for the contract tests."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from gatekeeper.readers.codecs.frames import Frame, Tag

VARIANTS: tuple[dict[str, str], ...] = (
    {"end": "auto"},
    {"end": "cr"},
    {"end": "lf"},
    {"end": "crlf"},
)
WEAK = "a line of text has no check; what it says (a ticket) must hold its own"
APART = "a line begins where the one before it ended: scans come apart in time"
SAYS_ANY = "qr:"
PADDING = b" \r\n"
VECTOR_OPTIONS = {"scanner-crlf-set": {"end": "crlf"}, "scanner-half": {"end": "crlf"}}
REFUSED = {
    "scanner-thai": "framing",
    "scanner-control": "framing",
    "scanner-half": "length",
    "scanner-endless": "length",
}


def frames(_options: dict[str, str]) -> st.SearchStrategy[Frame]:
    """Any text that the wire can carry."""
    printable = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), min_size=2)
    return printable.filter(lambda text: len(text.strip()) > 1).map(
        lambda text: Tag(f"qr:{text.strip()}")
    )


def says(frame: Frame, due: dict[str, Any]) -> None:
    """`frame` holds what the vector names, each under the vector's own word."""
    assert isinstance(frame, Tag)
    assert frame.credential == f"qr:{due['text']}"
