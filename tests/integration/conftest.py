"""A site for each test, ended with it whatever happens."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

# Tests are collected by file (importlib mode): the helper beside them is put in by hand.
_HARNESS = Path(__file__).with_name("harness.py")
if "harness" not in sys.modules:
    _spec = importlib.util.spec_from_file_location("harness", _HARNESS)
    assert _spec is not None
    assert _spec.loader is not None
    sys.modules["harness"] = importlib.util.module_from_spec(_spec)
    _spec.loader.exec_module(sys.modules["harness"])

from harness import Site  # noqa: E402


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with Site(tmp_path) as made:
        yield made
