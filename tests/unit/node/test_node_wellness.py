"""The node's look at itself: an answer of any kind is life, none in time is a hang."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from gatekeeper.config import Config, GateSettings
from gatekeeper.errors import GatekeeperError, JournalFault, UserError
from gatekeeper.link.address import socket_path
from gatekeeper.link.messages import Answer, Explained, Request
from gatekeeper.link.server import LinkServer
from gatekeeper.model import Decision, Reason
from gatekeeper.node import wellness
from gatekeeper.node.wellness import SelfTest


def _config(data: Path) -> Config:
    return Config(data=data, gates=(GateSettings(id="north"),))


@pytest.mark.parametrize(
    "answer",
    [
        Explained(credential="em4100:0000000000", decision=Decision(Reason.NOT_READY)),
        UserError("no such gate"),
        JournalFault("disk full"),
    ],
    ids=["decided", "refused", "faulty"],
)
def test_any_answer_is_a_sign_of_life(tmp_path: Path, answer: Answer | GatekeeperError) -> None:
    """A node without journal or passes denies everybody, and that is its work."""

    def handle(_: Request) -> Answer:
        if isinstance(answer, GatekeeperError):
            raise answer
        return answer

    server = LinkServer(socket_path(tmp_path), handle)
    server.start()
    with SelfTest(_config(tmp_path)) as test:
        assert test.problem() == ""
    server.stop()


def test_too_many_callers_are_no_hang(tmp_path: Path) -> None:
    server = LinkServer(socket_path(tmp_path), lambda _: None, connections=0)  # type: ignore[arg-type,return-value]
    server.start()
    with SelfTest(_config(tmp_path)) as test:
        assert test.problem() == ""
    server.stop()


def test_a_lock_that_nobody_gives_back_is_a_hang(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wellness, "_DEADLINE_S", 0.2)
    release = threading.Event()

    def handle(_: Request) -> Answer:
        release.wait(20)
        raise UserError("at last")

    server = LinkServer(socket_path(tmp_path), handle)
    server.start()
    with SelfTest(_config(tmp_path)) as test:
        assert "no answer in time" in test.problem()
    release.set()
    server.stop()


def test_a_node_that_is_gone_is_no_life(tmp_path: Path) -> None:
    with SelfTest(_config(tmp_path)) as test:
        assert "cannot be reached" in test.problem()
