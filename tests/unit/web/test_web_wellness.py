"""The web process' look at itself: an answer of any kind is life, full is not hanging."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from gatekeeper.web import wellness
from gatekeeper.web.wellness import SelfTest


@pytest.fixture
def silent(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, int]]:
    """A port that takes connections and never answers."""
    monkeypatch.setattr(wellness, "_DEADLINE_S", 0.2)
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        sock.listen()
        yield sock.getsockname()


def test_a_server_that_says_that_all_is_wrong_lives() -> None:
    class Unwell(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_error(503)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Unwell) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        port = server.server_address[1]
        try:
            for host in ("127.0.0.1", "0.0.0.0", "localhost"):
                test = SelfTest((host, port), os.getppid(), most_pages=200, pages=lambda: 0)
                assert test.problem() == "", host
        finally:
            server.shutdown()
            thread.join()


def test_no_answer_is_a_hang_unless_every_thread_serves_a_page(silent: tuple[str, int]) -> None:
    """To start it again would cut two hundred pages, which come back and fill it anew."""
    hanging = SelfTest(silent, os.getppid(), most_pages=200, pages=lambda: 40)
    full = SelfTest(silent, os.getppid(), most_pages=200, pages=lambda: 199)

    assert "gives no answer" in hanging.problem()
    assert full.problem() == ""


def test_a_stopped_parent_is_found(silent: tuple[str, int]) -> None:
    parent = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    os.kill(parent.pid, signal.SIGSTOP)
    os.waitid(os.P_PID, parent.pid, os.WSTOPPED)

    test = SelfTest(silent, parent.pid, most_pages=200, pages=lambda: 199)

    assert "is stopped" in test.problem()
    parent.kill()
    parent.communicate()
    assert not Path(f"/proc/{parent.pid}").exists()
    assert test.problem() == ""
