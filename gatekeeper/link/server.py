"""The node's end of the link: a thread for each connection, so many and no more.

Bytes in, `handler(request)`, bytes out. A peer that sends garbage, stalls or vanishes costs
its own connection and nothing else. What the handler raises becomes a `Failed` answer.
"""

from __future__ import annotations

import contextlib
import logging
import select
import socket
import threading
from collections.abc import Callable
from pathlib import Path

from gatekeeper.errors import GatekeeperError, LinkError, UserError
from gatekeeper.link.messages import Answer, Failed, Failure, Request, decode_request, encode
from gatekeeper.link.wire import Wire

__all__ = ["LinkServer"]

log = logging.getLogger(__name__)

CONNECTIONS = 128
"""Connections at once; a further one is told that the node is busy."""

_IDLE_S = 3600.0
"""A connection that asked nothing for so long is closed; its client makes a new one."""

_TURN_S = 0.5
"""How often the accepting thread looks whether it should end."""


class LinkServer:
    """Answers requests at the socket `path` by `handler`, from many threads at once."""

    def __init__(
        self,
        path: Path,
        handler: Callable[[Request], Answer],
        *,
        connections: int = CONNECTIONS,
        on_thread: Callable[[], None] = lambda: None,
    ) -> None:
        """`on_thread` is called first in each thread that answers."""
        self._path = path
        self._handler = handler
        self._limit = connections
        self._on_thread = on_thread
        self._wires: set[Wire] = set()
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._socket: socket.socket | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Listen. A socket left by a killed process is replaced: the caller holds the lock file.

        Raises LinkError where the socket cannot be made.
        """
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            self._path.unlink(missing_ok=True)
            sock.bind(str(self._path))
            self._path.chmod(0o600)
            sock.listen(self._limit)
        except OSError as error:
            sock.close()
            raise LinkError(f"{self._path}: cannot listen: {error}") from error
        self._socket = sock
        self._thread = threading.Thread(target=self._accept, args=(sock,), name="link", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Hang up on everybody and take the socket away."""
        self._stopping.set()
        if self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)  # wakes the accepting thread
        if self._thread is not None:
            self._thread.join()
        with self._lock:
            wires = list(self._wires)
        for wire in wires:
            wire.hang_up()
        if self._socket is not None:
            self._socket.close()
            self._path.unlink(missing_ok=True)

    def _accept(self, sock: socket.socket) -> None:
        poller = select.poll()
        poller.register(sock.fileno(), select.POLLIN)
        while not self._stopping.is_set():
            if not poller.poll(_TURN_S * 1000):
                continue
            try:
                peer, _ = sock.accept()
                self._admit(Wire(peer))
            except (OSError, RuntimeError) as error:
                if self._stopping.is_set():
                    return
                # Out of descriptors or threads: the next one may fare better.
                log.warning("link: connection not taken: %s", error)
                self._stopping.wait(0.05)

    def _admit(self, wire: Wire) -> None:
        with self._lock:
            full = len(self._wires) >= self._limit
            if not full:
                self._wires.add(wire)
        if full:
            with contextlib.suppress(LinkError):
                wire.send(encode(Failed(kind=Failure.BUSY, message="too many connections")))
            wire.close()
            return
        try:
            threading.Thread(
                target=self._serve, args=(wire,), name="link-peer", daemon=True
            ).start()
        except RuntimeError:
            self._forget(wire)
            raise

    def _serve(self, wire: Wire) -> None:
        self._on_thread()
        try:
            while wire.readable(_IDLE_S) and (data := wire.receive()) is not None:
                wire.send(self._answer(data))
        except LinkError as error:
            log.debug("link: peer given up: %s", error)
        finally:
            self._forget(wire)

    def _forget(self, wire: Wire) -> None:
        with self._lock:
            self._wires.discard(wire)
        wire.close()

    def _answer(self, data: bytes) -> bytes:
        try:
            request = decode_request(data)
        except LinkError as error:
            return encode(Failed(kind=Failure.MALFORMED, message=str(error)))
        try:
            return encode(self._handler(request))
        except UserError as error:
            return encode(Failed(kind=Failure.USER, message=str(error)))
        except GatekeeperError as error:
            return encode(Failed(kind=Failure.FAULT, message=str(error)))
        except Exception:
            # A defect in answering one request must not take the others' connections along.
            log.exception("link: %s failed", type(request).__name__)
            return encode(Failed(kind=Failure.FAULT, message="internal error of the node"))
