"""`gatekeeper visitors cards`: lists of cards as offices keep them, taken whole or not at all."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gatekeeper.cli.visitors import command
from gatekeeper.errors import ImportFault


def run(data: Path, *arguments: str) -> Result:
    return CliRunner().invoke(command, ["cards", *arguments, "--data", str(data)])


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("หมายเลข,แท็ก\n001,em4100:6200000001\n๐๐๒,62 00 00 00 02\n", "utf-8"),
        ("แท็ก;เลขที่บัตร\n6200000001;001\n6200000002;002\n", "cp874"),
        ("001,6200000001\n\n002,6200000002\n", "utf-8-sig"),
    ],
)
def test_a_list_is_taken_and_taken_again_changes_nothing(
    tmp_path: Path, text: str, encoding: str
) -> None:
    """With or without a header, whichever column comes first, in the encodings in use."""
    file = tmp_path / "cards.csv"
    file.write_text(text, encoding=encoding)

    first = run(tmp_path, "add", str(file), "--json")
    second = run(tmp_path, "add", str(file), "--json")
    listed = run(tmp_path, "list")

    assert json.loads(first.stdout) == {"rows": 2, "added": 2, "unchanged": 0, "faults": []}
    assert json.loads(second.stdout)["unchanged"] == 2
    assert listed.stdout == "001\tfree\n002\tfree\n"


def test_one_bad_line_and_nothing_is_taken(tmp_path: Path) -> None:
    """Each bad line is named in both languages; the exit is a failure."""
    file = tmp_path / "cards.csv"
    file.write_text("001,6200000001\n002,xyz\nA-VERY-LONG,6200000003\n001,6200000004\n", "utf-8")

    refused = run(tmp_path, "add", str(file), "--json")

    told = json.loads(refused.stdout)
    assert isinstance(refused.exception, ImportFault)
    assert [fault["row"] for fault in told["faults"]] == [2, 3, 4]
    assert all(fault["message"]["th"] for fault in told["faults"])
    assert run(tmp_path, "list", "--json").stdout == "[]\n"


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", b'"unclosed', b"a" * 6_000_000])
def test_a_file_that_is_no_list_ends_in_words(tmp_path: Path, content: bytes) -> None:
    """Never a traceback; an empty file is a list of nothing."""
    file = tmp_path / "cards.csv"
    file.write_bytes(content)

    ended = run(tmp_path, "add", str(file))

    assert ended.exception is None or isinstance(ended.exception, ImportFault)
    assert run(tmp_path, "list", "--json").stdout == "[]\n"


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    """One sentence."""
    ended = run(tmp_path, "add", str(tmp_path / "nothing.csv"))

    assert isinstance(ended.exception, ImportFault)
