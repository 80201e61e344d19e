"""The two programs that a demo starts: the simulator and `gatekeeper serve`.

Both end with the demo, however that ends: the simulator when its standard input closes, the
other by the kernel's word. Their output goes to files in the data directory; what a person
needs of it is told by the demo.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

from gatekeeper.errors import GatekeeperError, LinkError
from gatekeeper.link.client import LinkClient
from gatekeeper.model import ReaderState
from gatekeeper.supervise import PARENT

__all__ = ["ProgramError", "Server", "Simulator"]

START_S = 60.0
END_S = 15.0


class ProgramError(GatekeeperError):
    """A program that the demo needs did not start or ended too soon."""


class Simulator:
    """`python -m firmware_sim SCENARIO --dir LINKS`, driven over its standard input."""

    def __init__(self, scenario: Path, links: Path, log: Path) -> None:
        self._log = log
        command = [sys.executable, "-m", "firmware_sim", str(scenario), "--dir", str(links)]
        command += ["--wait-start", "--stay", "--until-eof"]
        with log.open("w") as errors:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                start_new_session=True,
            )
        self.ready = threading.Event()
        self.crowd_done = threading.Event()
        self.status: dict[str, Any] = {}
        self._reader = threading.Thread(target=self._listen, daemon=True)
        self._reader.start()

    def wait_ready(self) -> None:
        """Until all lines exist. Raises ProgramError."""
        until = time.monotonic() + START_S
        while not self.ready.wait(0.05):
            if self._process.poll() is not None or time.monotonic() > until:
                raise ProgramError(f"the simulator did not start: {_last_line(self._log)}")

    def say(self, command: str) -> None:
        """Send one command (`start`, `status`, `quit`)."""
        if self._process.stdin is not None:
            with contextlib.suppress(OSError, ValueError):  # ended, or ended by us
                self._process.stdin.write(command + "\n")
                self._process.stdin.flush()

    @property
    def running(self) -> bool:
        """Whether it has not ended."""
        return self._process.poll() is None

    def end(self) -> None:
        """End it; the truth file is then complete."""
        self.say("quit")
        _end(self._process)
        self._reader.join(1.0)

    def _listen(self) -> None:
        assert self._process.stdout is not None  # noqa: S101 (narrows the type)
        for line in self._process.stdout:
            text = line.strip()
            if text == "ready":
                self.ready.set()
            elif text.startswith("{"):
                answer = json.loads(text)
                if answer.get("event") == "crowd_done":
                    self.crowd_done.set()
                self.status = answer


class Server:
    """`gatekeeper serve` on the made-up site."""

    def __init__(self, config: Path, log: Path) -> None:
        self._log = log
        environment = {**os.environ, PARENT: str(os.getpid())}
        for name in ("PORT", "DATA"):
            environment.pop(name, None)  # the settings file says both
        with log.open("w") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "gatekeeper", "serve", "--config", str(config)],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def wait_ready(self, link: LinkClient, web_url: str) -> None:
        """Until the node decides, every reader is up, and the pages answer.

        Raises ProgramError with the log's last line.
        """
        import requests

        until = time.monotonic() + START_S
        while True:
            with contextlib.suppress(LinkError, requests.RequestException):
                status = link.status()
                all_up = all(reader.state is ReaderState.UP for reader in status.readers)
                if status.ready and all_up and requests.get(f"{web_url}/healthz", timeout=2).ok:
                    return
            if self._process.poll() is not None or time.monotonic() > until:
                raise ProgramError(f"gatekeeper serve did not start: {_last_line(self._log)}")
            time.sleep(0.05)

    @property
    def running(self) -> bool:
        """Whether it has not ended."""
        return self._process.poll() is None

    def end(self) -> None:
        """End it and its processes."""
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGTERM)
        _end(self._process)


def _end(process: subprocess.Popen[Any]) -> None:
    try:
        process.wait(END_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            with contextlib.suppress(OSError):
                stream.close()


def _last_line(log: Path) -> str:
    lines = [line for line in log.read_text("utf-8", "replace").splitlines() if line.strip()]
    return lines[-1] if lines else f"nothing in {log}"
