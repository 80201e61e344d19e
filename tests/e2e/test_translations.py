"""Every text of the screens has its Thai, with the same places to fill in."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

TOOL = Path(__file__).resolve().parents[2] / "tools" / "translations.py"


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    """tools/translations.py"""
    spec = importlib.util.spec_from_file_location("translations_tool", TOOL)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_nothing_is_untranslated_and_the_compiled_file_is_current(tool: ModuleType) -> None:
    assert tool.faults() == []


def test_places_to_fill_in_are_the_same_in_both_languages(tool: ModuleType) -> None:
    places = re.compile(r"\{\w+\}|%\(\w+\)s|%%")

    wrong = [
        message.id
        for message in tool.translated()
        if message.id
        and sorted(places.findall(message.id)) != sorted(places.findall(message.string))
    ]

    assert wrong == []


def test_thai_is_thai(tool: ModuleType) -> None:
    """A text copied over in English would pass for translated."""
    latin = {"+{n}", "VIP", "PDF", "XLSX"}
    left = [
        message.id
        for message in tool.translated()
        if message.id
        and message.id not in latin
        and not re.search(r"[\u0E00-\u0E7F]", str(message.string))
    ]

    assert left == []
