"""`gatekeeper decode` and `gatekeeper readers`, as a person or a script runs them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gatekeeper.readers import REGISTRY
from gatekeeper.readers.codecs import CODECS

PROGRAM = [sys.executable, "-c", "from gatekeeper.cli import main; main()"]
TAG = "A01301898C3000300833B2DDD901400000000137BB"
END = "A00A018B00001900000001B0"
HELD = "0236324533303836434544303803"


def gatekeeper(*arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([*PROGRAM, *arguments], input=stdin, capture_output=True, check=False)


def lines(*arguments: str, stdin: bytes = b"") -> list[dict[str, object]]:
    done = gatekeeper("decode", *arguments, stdin=stdin)
    assert (done.returncode, done.stderr) == (0, b"")
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_hex_given_many_times_is_one_stream() -> None:
    pieces = [argument for at in range(0, len(TAG), 6) for argument in ("--hex", TAG[at : at + 6])]

    (line,) = lines("r2000", *pieces)

    assert {k: line[k] for k in ("kind", "credential", "antenna", "rssi_dbm", "frame")} == {
        "kind": "tag",
        "credential": "epc:300833B2DDD9014000000001",
        "antenna": 1,
        "rssi_dbm": -74,
        "frame": TAG,
    }


def test_frames_and_garbage_have_their_own_kinds() -> None:
    found = lines("r2000", "--hex", END, "--hex", "a0 04 01 89 01 71", "--hex", "A0:04")

    assert [(line["kind"], line.get("name", line.get("reason"))) for line in found] == [
        ("frame", "round_end"),
        ("garbage", "checksum"),
        ("garbage", "length"),
    ]
    assert (found[1]["hex"], found[2]["hex"]) == ("A00401890171", "A004")


def test_an_option_names_a_variant() -> None:
    summed = "0232453030414630454339423403"

    assert lines("rdm6300", "--hex", summed)[0]["reason"] == "checksum"
    (line,) = lines("rdm6300", "--hex", summed, "--option", "checksum=sum")
    assert line["credential"] == "em4100:2E00AF0EC9"


def test_a_file_and_standard_input_are_bytes_as_they_are(tmp_path: Path) -> None:
    capture = tmp_path / "capture.bin"
    capture.write_bytes(bytes.fromhex(HELD * 3))

    from_file = lines("rdm6300", str(capture))

    assert [line["credential"] for line in from_file] == ["em4100:62E3086CED"] * 3
    assert lines("rdm6300", "-", stdin=capture.read_bytes()) == from_file


def test_a_live_stream_is_decoded_as_it_comes() -> None:
    with subprocess.Popen(
        [*PROGRAM, "decode", "rdm6300", "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as running:
        assert running.stdin is not None
        assert running.stdout is not None
        os.write(running.stdin.fileno(), bytes.fromhex(HELD))
        line = json.loads(running.stdout.readline())
        running.stdin.close()

        assert line["credential"] == "em4100:62E3086CED"
        assert running.wait(20) == 0


def test_nothing_in_gives_nothing_out() -> None:
    assert lines("r2000", "-") == []


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["morse", "--hex", "00"], f"'morse' is not known; known: {', '.join(sorted(CODECS))}"),
        (["r2000"], "give either --hex, or FILE, or -"),
        (["r2000", "-", "--hex", "00"], "give either --hex, or FILE, or -"),
        (["r2000", "--hex", "A"], "'A' seen; pairs of hexadecimal digits are due"),
        (["r2000", "--hex", "xy"], "'xy' seen; pairs of hexadecimal digits are due"),
        (["r2000", "--hex", "00", "--option", "phase"], "'phase' seen; NAME=VALUE is due"),
        (["r2000", "--hex", "00", "--option", "phase=x"], "phase=x seen; auto or on or off"),
        (["rdm6300", "--hex", "00", "--option", "a=b"], "'a' seen; known options: checksum"),
    ],
)
def test_wrong_use_is_told_and_exits_with_2(arguments: list[str], words: str) -> None:
    done = gatekeeper("decode", *arguments)

    assert done.returncode == 2
    assert done.stdout == b""
    assert words in done.stderr.decode()
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize("path", ["/nonexistent/capture.bin", "/"])
def test_a_file_that_cannot_be_read_exits_with_1(path: str) -> None:
    done = gatekeeper("decode", "r2000", path)

    assert done.returncode == 1
    assert done.stderr.decode().startswith(f"gatekeeper: {path}: cannot be read: ")


def test_a_reader_of_the_output_that_goes_away_is_no_traceback() -> None:
    with subprocess.Popen(
        [*PROGRAM, "decode", "rdm6300", "-"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as running:  # fmt: skip
        assert running.stdin is not None
        assert running.stdout is not None
        assert running.stderr is not None
        running.stdout.close()
        os.write(running.stdin.fileno(), bytes.fromhex(HELD))
        running.stdin.close()

        assert running.stderr.read() == b""
        assert running.wait(20) == 1


@settings(max_examples=5, deadline=None)
@given(noise=st.binary(min_size=1, max_size=3000))
def test_any_bytes_give_lines_that_hold_them_all(noise: bytes) -> None:
    for wire in sorted(CODECS):
        named = ["--option", "format=H10301"] if wire == "wiegand" else []
        found = lines(wire, "-", *named, stdin=noise)

        held = "".join(str(line.get("hex", line.get("frame"))) for line in found)
        assert bytes.fromhex(held) == noise


def test_readers_lists_every_driver_and_option() -> None:
    listed = json.loads(gatekeeper("readers", "--json").stdout)
    text = gatekeeper("readers").stdout.decode()

    assert [driver["name"] for driver in listed] == sorted(REGISTRY)
    for driver in listed:
        assert set(driver) >= {"name", "wire", "transport", "options"}
        assert f"{driver['name']}: {driver['title']}" in text
        assert all(f"  {option['name']}: {option['due']}" in text for option in driver["options"])
