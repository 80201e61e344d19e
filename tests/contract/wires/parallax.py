"""The wire of Parallax readers, for the contract tests."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from gatekeeper.readers.codecs.frames import Frame, Tag

VARIANTS: tuple[dict[str, str], ...] = ({},)
WEAK = "there is no check: a damaged digit is another number, so that two equal frames decide"
REFUSED = {"parallax-no-end": "framing"}


def frames(_options: dict[str, str]) -> st.SearchStrategy[Frame]:
    """Any frame that the wire can carry."""
    return st.binary(min_size=5, max_size=5).map(lambda data: Tag(f"em4100:{data.hex().upper()}"))


def says(frame: Frame, due: dict[str, Any]) -> None:
    """`frame` holds what the vector names, each under the vector's own word."""
    assert isinstance(frame, Tag)
    assert frame.credential == f"em4100:{due['hex10']}"
