"""Watches the made-up site from outside: when entries were durable, when a screen had them.

Two threads that write one line of JSON an entry, `{"seq": …, "ns": …}` on the monotonic
clock of this machine, for the reconciliation. They ask over the same link and the same live
feed as everybody; nothing here decides or shows.
"""

from __future__ import annotations

import json
import logging
import re
import threading
import time
from pathlib import Path
from typing import IO, Any, Self

import requests
import socketio

from gatekeeper.errors import LinkError, StoreError
from gatekeeper.link.client import LinkClient

__all__ = ["DurableWatch", "FeedWatch"]

log = logging.getLogger(__name__)

CSRF = re.compile(r'name="csrf[-_]token" (?:content|value)="([^"]+)"')
PATIENCE_S = 5.0


class _Lines:
    """A file of `{"seq", "ns"}` lines that several threads may append to."""

    def __init__(self, file: Path) -> None:
        self._file: IO[str] = file.open("w", encoding="utf-8")
        self._lock = threading.Lock()
        self.head = 0

    def add(self, seq: int, ns: int) -> None:
        """Note `seq` unless it was noted before."""
        with self._lock:
            if seq > self.head and not self._file.closed:
                self._file.write(json.dumps({"seq": seq, "ns": ns}) + "\n")
                self.head = seq

    def close(self) -> None:
        """Write what is buffered."""
        with self._lock:
            self._file.close()


class DurableWatch:
    """Notes when each entry became durable, as the node's hint tells."""

    def __init__(self, link: LinkClient, file: Path) -> None:
        self._link, self._lines = link, _Lines(file)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="durable-watch", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(PATIENCE_S)
        self._lines.close()

    @property
    def head(self) -> int:
        """The last entry known to be durable."""
        return self._lines.head

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                head = self._link.await_head(self._lines.head, timeout_s=0.5)
            except LinkError:
                self._stop.wait(0.1)
                continue
            # Entries of one commit became durable together: the hint names the last of them.
            for seq in range(self._lines.head + 1, head.seq + 1):
                self._lines.add(seq, head.durable_ns or time.monotonic_ns())


class FeedWatch:
    """Notes when each entry of the event reached a signed-in screen over its WebSocket."""

    def __init__(self, url: str, name: str, password: str, room: str, file: Path) -> None:
        self._url, self._name, self._password, self._room = url, name, password, room
        self._lines = _Lines(file)
        self._client = socketio.Client(reconnection=True, reconnection_delay_max=1)
        self.counts: dict[str, Any] = {}
        """Last counts of the event: expected, arrived, inside, refused …"""

    def __enter__(self) -> Self:
        on = self._client.on
        on("connect", self._join, namespace="/live")
        on("entry", lambda entry: self._note([entry]), namespace="/live")
        on("entries", lambda batch: self._note(batch["entries"]), namespace="/live")
        on("snapshot", self._keep_counts, namespace="/live")
        on("counts", self.counts.update, namespace="/live")
        self._client.connect(
            self._url,
            headers={"Cookie": self._sign_in()},
            transports=["websocket"],
            namespaces=["/live"],
            wait_timeout=10,
        )
        return self

    def __exit__(self, *_: object) -> None:
        self._client.disconnect()
        self._lines.close()

    @property
    def head(self) -> int:
        """The last entry that reached the screen."""
        return self._lines.head

    def _sign_in(self) -> str:
        with requests.Session() as session:
            token = CSRF.search(session.get(f"{self._url}/login", timeout=10).text)
            form = {"username": self._name, "password": self._password, "next": "/"}
            form["csrf_token"] = token[1] if token else ""
            answer = session.post(
                f"{self._url}/login", data=form, timeout=10, allow_redirects=False
            )
            if answer.status_code not in (302, 303):
                raise StoreError(f"sign-in of the feed's watcher: status {answer.status_code}")
            return "; ".join(f"{cookie.name}={cookie.value}" for cookie in session.cookies)

    def _join(self) -> None:
        self._client.emit(
            "join", {"room": self._room, "since": self._lines.head or None}, namespace="/live"
        )

    def _keep_counts(self, snapshot: dict[str, Any]) -> None:
        self.counts.update(snapshot.get("counts") or {})

    def _note(self, entries: list[dict[str, Any]]) -> None:
        now = time.monotonic_ns()
        for entry in entries:
            self._lines.add(entry["seq"], now)
