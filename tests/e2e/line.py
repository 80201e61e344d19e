"""A line between browser and server that can be cut as a network is: a TCP relay.

`stall()` holds every byte both ways and lets nobody in, as a pulled cable does: nothing is
closed, nobody is told. `break_()` resets what is connected. `mend()` lets new connections
through; what had been stalled stays dead, as after a long outage.
"""

from __future__ import annotations

import selectors
import socket
import struct
import threading
from contextlib import suppress

CHUNK = 65536
LINGER_ZERO = struct.pack("ii", 1, 0)


class Line:
    """Relays 127.0.0.1:`port` to a target port until closed."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._lock = threading.Lock()
        self._pairs: dict[socket.socket, socket.socket] = {}
        self._waiting: list[socket.socket] = []
        self._stalled = False
        self._closed = False
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._listener, selectors.EVENT_READ)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """Where the browser goes."""
        return f"http://127.0.0.1:{self.port}"

    def stall(self) -> None:
        """Hold everything; nobody is told."""
        with self._lock:
            self._stalled = True

    def break_(self) -> None:
        """Reset every connection; new ones are let through."""
        with self._lock:
            for end in list(self._pairs):
                with suppress(OSError):
                    end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_ZERO)
                self._drop(end)

    def mend(self) -> None:
        """Reset what was stalled and relay again."""
        with self._lock:
            self._stalled = False
            waiting, self._waiting = self._waiting, []
            for client in waiting:
                client.close()
        self.break_()

    def close(self) -> None:
        """End the relay."""
        self._closed = True
        self._thread.join()
        self.mend()
        self._listener.close()
        self._selector.close()

    def _run(self) -> None:
        while not self._closed:
            for key, _ in self._selector.select(0.05):
                with self._lock:
                    if key.fileobj is self._listener:
                        self._accept()
                    elif not self._stalled and isinstance(key.fileobj, socket.socket):
                        self._relay(key.fileobj)
            if self._stalled:
                # Readable sockets stay readable while stalled; do not spin on them.
                threading.Event().wait(0.02)

    def _accept(self) -> None:
        client, _ = self._listener.accept()
        if self._stalled:
            self._waiting.append(client)
            return
        try:
            server = socket.create_connection(("127.0.0.1", self._target), timeout=2)
        except OSError:
            client.close()
            return
        server.settimeout(None)
        for one, other in ((client, server), (server, client)):
            self._pairs[one] = other
            self._selector.register(one, selectors.EVENT_READ)

    def _relay(self, source: socket.socket) -> None:
        target = self._pairs.get(source)
        if target is None:
            return
        try:
            data = source.recv(CHUNK)
            if data:
                target.sendall(data)
                return
        except OSError:
            pass
        self._drop(source)

    def _drop(self, end: socket.socket) -> None:
        for one in (end, self._pairs.pop(end, None)):
            if one is not None:
                self._pairs.pop(one, None)
                with suppress(KeyError, ValueError):
                    self._selector.unregister(one)
                one.close()
