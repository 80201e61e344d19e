"""Finds what the contract tests must know of a wire: tests/contract/wires/<wire>.py.

Each such module has
    VARIANTS            options to try the codec under
    frames(options)     strategy of frames that the wire can carry under these options
    says(frame, due)    asserts that a frame holds what a vector's `decode` names
and may have
    VECTOR_OPTIONS      options by vector id, where a frame is valid only under these
    REFUSED             reason by vector id, where an invalid one is not `checksum`
    WEAK                why damage may pass this wire's check
    COUPLED             why damage may cost the frame behind it, too
    APART               why frames must come apart in time (silence tells where one begins)
    SAYS_ANY            scheme of which the wire can say every value
    PADDING             bytes that may be missing around a frame without loss
"""

from __future__ import annotations

import importlib.util
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "wires"


@cache
def load(wire: str) -> Any:
    """The module of `wire`."""
    spec = importlib.util.spec_from_file_location(f"wires_{wire}", FOLDER / f"{wire}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
