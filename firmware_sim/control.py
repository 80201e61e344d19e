"""Commands while the simulator runs: words in, one line of JSON out.

They come on standard input and on a UNIX socket DIR/control.sock, in the same words; see
firmware_sim/README.md. A wrong command is answered, never fatal.
"""

from __future__ import annotations

import json
import os
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from firmware_sim.device import Device
from firmware_sim.loop import Loop
from firmware_sim.site import Site

__all__ = ["SOCKET_NAME", "Control"]

SOCKET_NAME = "control.sock"
_LONGEST_LINE = 4096


class Control:
    """Takes commands for one site."""

    def __init__(
        self, site: Site, on_start: Callable[[], None], on_quit: Callable[[], None]
    ) -> None:
        self._site, self._on_start, self._on_quit = site, on_start, on_quit
        self._loop: Loop = site.loop
        self._server: socket.socket | None = None
        self._buffers: dict[int, bytes] = {}
        self._clients: dict[int, socket.socket] = {}
        self.on_end_of_input: Callable[[], None] = lambda: None
        self.report: Callable[[], dict[str, Any]] = dict
        self._commands: dict[str, Callable[..., dict[str, Any]]] = {
            "tap": self._tap,
            "unplug": self._unplug,
            "replug": self._replug,
            "silence": self._silence,
            "reset": self._reset,
            "fault": self._fault,
            "door": self._door,
            "status": self._status,
            "start": self._start,
            "quit": self._quit,
        }

    def open(self) -> None:
        """Listen on the socket and on standard input."""
        path = self._site.folder / SOCKET_NAME
        path.unlink(missing_ok=True)
        self._server = socket.socket(socket.AF_UNIX)
        folder = os.open(self._site.folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            # A path of any length: the kernel takes 107 bytes, so name the folder by number.
            self._server.bind(f"/proc/self/fd/{folder}/{SOCKET_NAME}")
        finally:
            os.close(folder)
        path.chmod(0o600)
        self._server.listen()
        self._loop.watch(self._server.fileno(), self._accept)
        try:
            os.fstat(0)
        except OSError:
            return
        self._loop.watch(0, self._standard_input)

    def close(self) -> None:
        """Stop listening and remove the socket."""
        for client in self._clients.values():
            client.close()
        if self._server:
            self._loop.unwatch(self._server.fileno())
            self._server.close()
            Path(self._site.folder / SOCKET_NAME).unlink(missing_ok=True)

    def answer(self, line: str) -> dict[str, Any]:
        """Do what `line` says: `{"ok": true, …}` or `{"ok": false, "error": …}`."""
        words = line.split()
        if not words or words[0] not in self._commands:
            due = ", ".join(self._commands)
            return {"ok": False, "error": f"{line.strip()[:80]!r} seen; one of {due} is due"}
        try:
            return {"ok": True, **self._commands[words[0]](*words[1:])}
        except (TypeError, ValueError) as error:
            return {"ok": False, "error": f"{words[0]}: {error}"}

    def _tap(
        self, reader: str, credential: str, ms: str | None = None, antenna: str | None = None
    ) -> dict[str, Any]:
        number = None if antenna is None else int(antenna)
        tag = self._site.tap(reader, credential, None if ms is None else float(ms), number)
        length = (tag.leaves_ns - tag.enters_ns) / 1e6
        return {"reader": reader, "credential": tag.credential, "ms": length, "ns": tag.enters_ns}

    def _unplug(self, reader: str) -> dict[str, Any]:
        self._device(reader).wire.unplug()
        return {"reader": reader, "ns": self._loop.now()}

    def _replug(self, reader: str) -> dict[str, Any]:
        self._device(reader).replug()
        return {"reader": reader, "ns": self._loop.now()}

    def _silence(self, reader: str, seconds: str) -> dict[str, Any]:
        self._device(reader).silence(float(seconds))
        return {"reader": reader, "ns": self._loop.now()}

    def _reset(self, reader: str) -> dict[str, Any]:
        self._device(reader).reset()
        return {"reader": reader, "ns": self._loop.now()}

    def _fault(self, reader: str, name: str, rate: str) -> dict[str, Any]:
        self._device(reader).faults.set(name, float(rate))
        return {"reader": reader, "faults": self._device(reader).faults.rates}

    def _start(self) -> dict[str, Any]:
        self._on_start()
        return {}

    def _quit(self) -> dict[str, Any]:
        self._on_quit()
        return {}

    def _status(self) -> dict[str, Any]:
        readers = {
            name: {
                "device": station.spec.device,
                "plugged": station.device.wire.plugged,
                "host": station.device.wire.host_present(),
                "baud_agreed": station.device.wire.understood(),
                "silent": station.device.silent,
                "tags": len(station.device.field.tags),
                "frames": station.device.frames,
            }
            for name, station in self._site.stations.items()
        }
        truth = self._site.truth.counts
        return {"readers": readers, **self._site.doorways.status(), "truth": truth, **self.report()}

    def _door(self, door: str, act: str) -> dict[str, Any]:
        found = self._site.doorways.door(door)
        found.do(act)
        return {"door": door, "open": found.is_open, "ns": self._loop.now()}

    def _device(self, name: str) -> Device:
        return self._site.device(name)

    def _accept(self) -> None:
        if self._server is None:
            return
        client, _ = self._server.accept()
        client.settimeout(1.0)
        self._clients[client.fileno()] = client
        self._loop.watch(client.fileno(), lambda: self._from_client(client))

    def _from_client(self, client: socket.socket) -> None:
        fd = client.fileno()
        try:
            data = client.recv(4096)
            for line in self._lines(fd, data):
                client.sendall((json.dumps(self.answer(line)) + "\n").encode())
        except OSError:
            data = b""
        if not data:
            self._loop.unwatch(fd)
            self._clients.pop(fd, None)
            self._buffers.pop(fd, None)
            client.close()

    def _standard_input(self) -> None:
        try:
            data = os.read(0, 4096)
        except OSError:
            data = b""
        for line in self._lines(0, data):
            sys.stdout.write(json.dumps(self.answer(line)) + "\n")
            sys.stdout.flush()
        if not data:
            self._loop.unwatch(0)
            self.on_end_of_input()

    def _lines(self, fd: int, data: bytes) -> list[str]:
        *whole, rest = (self._buffers.get(fd, b"") + data).split(b"\n")
        self._buffers[fd] = rest[-_LONGEST_LINE:]
        return [line.decode("utf-8", "replace") for line in whole if line.strip()]
