"""Figures are written bench by bench; those of other benches stay as they were."""

from __future__ import annotations

from tests.bench.__main__ import BEGIN, DOCUMENT, END, HERE, merge, section, table

ROW = {"name": "a decision", "value": 3.4251, "unit": "us"}


def test_a_bench_replaces_its_own_figures_only() -> None:
    old = f"Words.\n{BEGIN}\n### journal\nOf May.\n\n### web\nOf June.\n{END}\nMore words.\n"
    new = section("journal", table([ROW]))

    once = merge(old, {"journal": new})

    assert merge(once, {"journal": new}) == once
    assert once.startswith("Words.\n")
    assert once.endswith("More words.\n")
    assert "| a decision | 3.43 us |" in once
    assert "Of June." in once
    assert "Of May." not in once


def test_a_bench_that_was_never_written_finds_its_place() -> None:
    merged = merge(f"{BEGIN}\n{END}", {"web": "### web\n1\n", "node": "### node\n2\n"})

    assert merged == f"{BEGIN}\n### node\n2\n\n### web\n1\n{END}"


def test_the_document_has_figures_of_known_benches_only() -> None:
    text = DOCUMENT.read_text(encoding="utf-8").partition(BEGIN)[2].partition(END)[0]
    told = {part.partition("\n")[0] for part in text.split("### ")[1:]}

    assert told
    assert told <= {path.stem.removeprefix("bench_") for path in HERE.glob("bench_*.py")}
