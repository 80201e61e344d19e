"""Puts the helpers beside these tests in by hand: tests are collected by file (importlib mode)."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

HERE = Path(__file__).parent
HELPERS = {
    "wire_entries": HERE,
    "rigs": HERE,
    "watched": HERE,
    "harness": HERE.parent / "integration",
}

for name, folder in HELPERS.items():
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, folder / f"{name}.py")
        assert spec is not None
        assert spec.loader is not None
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
