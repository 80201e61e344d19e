"""The table of supported readers says what the registry and the vectors say."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pytest

from gatekeeper.readers import REGISTRY, describe

TOOL = Path(__file__).resolve().parents[2] / "tools" / "readers_table.py"


@pytest.fixture(scope="module")
def tool() -> Any:
    spec = importlib.util.spec_from_file_location("readers_table", TOOL)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_table_is_not_stale(tool: Any) -> None:
    """If it is: python tools/readers_table.py."""
    pages = tool.pages()

    assert [str(path) for path, due in pages.items() if path.read_text("utf-8") != due] == []
    assert len(pages) == 1 + len(REGISTRY)


def test_every_driver_has_a_row_with_what_it_was_tried_against(tool: Any) -> None:
    rows = tool.table().splitlines()[2:]

    assert [row.split("]")[0].removeprefix("| [") for row in rows] == sorted(REGISTRY)
    assert all(tool.device(name) != "—" or name in tool.REAL_PEERS for name in REGISTRY)


def test_a_page_lists_every_option_of_its_driver(tool: Any) -> None:
    """Also those that its driver has of its codec and of its base."""
    for driver in describe():
        table = (tool.PAGES / f"{driver['name']}.md").read_text("utf-8").split(tool.OPTIONS[0])[1]

        assert [o["name"] for o in driver["options"] if f"| `{o['name']}` |" not in table] == []


def test_vectors_are_counted_by_where_they_come_from(tool: Any) -> None:
    assert tool.frames("rdm6300") == "8 published, 3 computed"
    assert tool.frames("morse") == "—"


def test_a_text_around_the_table_stays_as_it_is(tool: Any) -> None:
    text = f"before\n{tool.BEGIN}\nold\n{tool.END}\nafter\n"

    assert tool.document(text).startswith(f"before\n{tool.BEGIN}\n| driver |")
    assert tool.document(text).endswith(f"|\n{tool.END}\nafter\n")
