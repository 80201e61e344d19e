"""No card number and no name in any line, whoever wrote it and however."""

from __future__ import annotations

import json
import logging
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper import logs
from gatekeeper.model import Holder, JournalEntry


@pytest.mark.parametrize(
    ("line", "due"),
    [
        ("read epc:300833B2DDD9014000000001 at in-1", "read epc:…0001 at in-1"),
        ("em4100:62e3086ced twice", "em4100:…6ced twice"),
        ("w26:123:4567 unknown", "w26:…4567 unknown"),
        ("tag 62E3086CED", "tag …6CED"),
        ("printed 0006572982", "printed …2982"),
        ("printed 100,19382 twice", "printed …9382 twice"),
        ("'001,00042', in-1", "'…0042', in-1"),
        ("0006572982 100,19382.", "…2982 …9382."),
        ("at 15:08:40,123 for 100,193 baht", "at 15:08:40,123 for 100,193 baht"),
        ("1,100,193.50 and 100,193,820", "1,100,193.50 and 100,193,820"),
        ("took 100.19382 s, 300,19382 of 100,70000", "took 100.19382 s, 300,19382 of 100,70000"),
        ("for นายกิตติ ใจดี (vip)", "for … (vip)"),
        ("holder='H.E. Mr. José Núñez' table 4", "holder='…' table 4"),
        ("seq 12345 in 3.25 ms", "seq 12345 in 3.25 ms"),
        ("2026-11-22T15:08:40.123456Z node started", "2026-11-22T15:08:40.123456Z node started"),
    ],
)
def test_a_line_loses_what_identifies(line: str, due: str) -> None:
    assert logs.redact(line) == due


@given(st.text(alphabet="0123456789ABCDEF", min_size=10, max_size=40), st.text(max_size=20))
def test_no_card_number_survives_bare_or_with_its_scheme(value: str, around: str) -> None:
    assert value not in logs.redact(f"{around} epc:{value} {around} {value}, ({value})")


@given(st.text(alphabet=st.characters(min_codepoint=0xE01, max_codepoint=0xE3A), min_size=2))
def test_no_thai_text_survives(name: str) -> None:
    assert name not in logs.redact(f"guest {name} came")


@pytest.fixture
def lines(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> object:
    root = logging.getLogger()
    before = root.handlers[:], root.level
    yield lambda: capsys.readouterr().err
    root.handlers[:], root.level = before[0], before[1]


def test_messages_fields_and_tracebacks_are_redacted(
    lines: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GATEKEEPER_LOG_FORMAT", "json")
    logs.configure("node")
    holder = Holder(name="Ms. Ada Lovelace")
    entry = JournalEntry(credential="uid:047BCB51962280")
    try:
        raise ValueError(f"bad {entry} of {holder}")
    except ValueError:
        logging.getLogger("plain").exception("failed on %s", holder)
        shown = {"credential": entry.credential, "name": "Ada"}
        logging.getLogger("fields").info("read", extra={"shown": shown})

    written = lines()  # type: ignore[operator]
    assert "Lovelace" not in written
    assert "Ada" not in written
    assert "047BCB51962280" not in written
    first, second = (json.loads(line) for line in written.splitlines())
    assert first["process"] == second["process"] == "node"
    assert "ValueError" in first["exception"]
    assert second["shown"]["credential"] == "uid:…2280"


def test_a_stderr_that_does_not_drain_holds_up_nobody(
    lines: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The decisions share a process with the log: a full pipe must not become a queue."""
    stuck, free = threading.Event(), threading.Event()

    class Pipe:
        written = ""

        def write(self, text: str) -> None:
            stuck.set()
            free.wait(20)
            self.written += text

        def flush(self) -> None:
            pass

    pipe = Pipe()
    monkeypatch.setattr("sys.stderr", pipe)
    monkeypatch.setattr(logs, "QUEUED", 10)
    logs.configure("node", apart=True)
    for turn in range(50):
        logging.getLogger("x").info("turn %d", turn)
    assert stuck.wait(20)

    apart = logging.getLogger().handlers[0]
    free.set()
    apart.close()

    assert "turn 0" in pipe.written


def test_the_level_comes_from_the_environment(
    lines: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GATEKEEPER_LOG", "warning")
    logs.configure("node")

    logging.getLogger("x").info("quiet")
    logging.getLogger("x").warning("loud")

    written = lines()  # type: ignore[operator]
    assert "loud" in written
    assert "quiet" not in written
