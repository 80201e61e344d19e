"""The live feed on the wire: Socket.IO namespace /live, and the only emit of this program.

Who may join what is in gatekeeper.web.permissions; when a session is over, its sockets are
told `bye` and cut within a second. What is sent, and when, is the hub's affair.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from typing import Any

from flask import request
from flask_login import current_user
from flask_socketio import ConnectionRefusedError as Refused  # type: ignore[attr-defined]
from flask_socketio import Namespace, SocketIO

from gatekeeper.errors import StoreError
from gatekeeper.web.accounts import Accounts
from gatekeeper.web.desk_taps import DeskSessions
from gatekeeper.web.door import is_known
from gatekeeper.web.hub import Hub
from gatekeeper.web.ledger import Ledger
from gatekeeper.web.permissions import SOCKET_EVENTS
from gatekeeper.web.sockets import Socket

__all__ = ["NAMESPACE", "Emitter", "LiveNamespace"]

log = logging.getLogger(__name__)

NAMESPACE = "/live"
MOST_WAITING = 400
"""Packets waiting for one page; one that takes no more is cut, and may come back."""

_CATCH_UP_S = 4.0


class Emitter:
    """The way from the hub to pages. Only queues: a thread of its own writes to each page.

    A page in one room is in Socket.IO's room of that name; a page in several gets its messages
    one by one, at a pace of its own.
    """

    def __init__(self, socketio: SocketIO) -> None:
        self._socketio = socketio
        self._present: Counter[str] = Counter()
        self._paced: dict[str, Socket] = {}
        self._lock = threading.Lock()

    def send(self, event: str, payload: dict[str, Any], to: str) -> None:
        """Emit to a room or to one socket."""
        self._socketio.emit(event, payload, to=to, namespace=NAMESPACE)
        with self._lock:
            for socket in self._paced.values():
                if to in socket.rooms:
                    socket.paced.offer(event, payload)

    def flush(self, now: float) -> float | None:
        """Send what pages in several rooms may have by now; the seconds until there is more."""
        with self._lock:
            messages = [(each.sid, each.paced.take(now)) for each in self._paced.values()]
            waits = [each.paced.due_in(now) for each in self._paced.values()]
        for sid, message in messages:
            if message is not None:
                self._socketio.emit(*message, to=sid, namespace=NAMESPACE)
        return min((wait for wait in waits if wait is not None), default=None)

    def present(self, room: str) -> bool:
        """Whether anybody joined `room`; nothing is made for an empty one."""
        return self._present[room] > 0

    def entered(self, socket: Socket, room: str) -> None:
        """A page came into a room, and was given its history; or once more."""
        server = self._server()
        with self._lock:
            socket.paced.forget(room)
            if room in socket.rooms:
                return
            if socket.rooms:
                for name in socket.rooms - {room} if socket.sid not in self._paced else ():
                    server.leave_room(socket.sid, name, namespace=NAMESPACE)
                self._paced[socket.sid] = socket
            else:
                server.enter_room(socket.sid, room, namespace=NAMESPACE)
            socket.rooms.add(room)
            self._present[room] += 1

    def left(self, socket: Socket, room: str) -> None:
        """A page left a room."""
        with self._lock:
            if room not in socket.rooms:
                return
            if socket.sid not in self._paced:
                self._server().leave_room(socket.sid, room, namespace=NAMESPACE)
            socket.paced.forget(room)
            socket.rooms.discard(room)
            self._present[room] -= 1

    def gone(self, socket: Socket) -> None:
        """A page is closed."""
        for room in list(socket.rooms):
            self.left(socket, room)
        with self._lock:
            self._paced.pop(socket.sid, None)

    def _server(self) -> Any:
        return self._socketio.server  # type: ignore[attr-defined]


class LiveNamespace(Namespace):
    """Events from pages; every one is in the table of permissions."""

    socketio: SocketIO

    def __init__(self, hub: Hub, ledger: Ledger, accounts: Accounts, emitter: Emitter) -> None:
        super().__init__(NAMESPACE)
        self._emitter = emitter
        self._hub = hub
        self._ledger = ledger
        self._accounts = accounts
        self._sockets: dict[str, Socket] = {}
        self._lock = threading.Lock()
        self.desks: DeskSessions | None = None
        """Given once built: it sends through this namespace's emitter."""

    def on_connect(self, auth: Any = None) -> None:
        """Only people who are signed in, and programs with a token (header, or `auth.token`)."""
        try:
            socket = self._of_token(auth) or _of_session()
        except StoreError as error:
            raise Refused("store_down") from error
        if socket is None or socket.role not in SOCKET_EVENTS["connect"]:
            raise Refused("unauthenticated")
        with self._lock:
            self._sockets[_sid()] = socket
        is_known(request.environ)

    def on_disconnect(self, _reason: Any = None) -> None:
        """Forget the page."""
        self._forget(_sid())

    def on_join(self, data: Any = None) -> dict[str, Any]:
        """`{room, since}`: snapshot and history, then what follows. Answers `{ok, code}`."""
        socket = self._sockets.get(_sid())
        name = data.get("room") if isinstance(data, dict) else None
        since = data.get("since") if isinstance(data, dict) else None
        if not isinstance(name, str) or not (since is None or type(since) is int):
            return {"ok": False, "code": "bad_json"}
        if socket is None or not self._still_in(_sid(), socket):
            return {"ok": False, "code": "unauthenticated"}
        if not socket.may_watch(name, self._ledger.event_of):
            return {"ok": False, "code": "forbidden"}
        self._hub.caught_up.wait(_CATCH_UP_S)
        if not self._ledger.has(name):
            return {"ok": False, "code": "not_found"}
        if socket.asks_too_often(time.monotonic()):
            return {"ok": False, "code": "rate_limited"}
        if not socket.has_room_for(name):
            return {"ok": False, "code": "too_many_rooms"}

        def enter() -> None:
            with self._lock:
                if socket.sid in self._sockets:
                    self._emitter.entered(socket, name)

        self._hub.join(_sid(), name, since, enter)
        return {"ok": True}

    def on_leave(self, data: Any = None) -> dict[str, Any]:
        """`{room}`: nothing more of that room."""
        name = data.get("room") if isinstance(data, dict) else None
        if not isinstance(name, str):
            return {"ok": False, "code": "bad_json"}
        with self._lock:
            if socket := self._sockets.get(_sid()):
                self._emitter.left(socket, name)
        return {"ok": True}

    def on_desk_open(self, data: Any = None) -> dict[str, Any]:
        """`{desk, take}`: what its reader reads, to this page alone. Answers `{ok, code}`."""
        desk = data.get("desk") if isinstance(data, dict) else None
        if not isinstance(desk, str) or self.desks is None:
            return {"ok": False, "code": "bad_json"}
        socket = self._sockets.get(_sid())
        if socket is None or not self._still_in(_sid(), socket):
            return {"ok": False, "code": "unauthenticated"}
        if socket.role not in SOCKET_EVENTS["desk_open"] or not socket.everywhere:
            return {"ok": False, "code": "forbidden"}
        if socket.asks_too_often(time.monotonic()):
            return {"ok": False, "code": "rate_limited"}
        code = self.desks.open(desk, _sid(), take=data.get("take") is True)
        return {"ok": not code, "code": code}

    def on_desk_close(self, data: Any = None) -> dict[str, Any]:
        """`{desk}`: no more of it."""
        desk = data.get("desk") if isinstance(data, dict) else None
        if isinstance(desk, str) and self.desks is not None:
            self.desks.close(desk, _sid())
        return {"ok": True}

    def pages(self) -> int:
        """How many pages and programs are connected."""
        return len(self._sockets)

    def sweep(self) -> None:
        """Cut the pages whose session is over, whose role changed, or that take nothing more."""
        for sid, socket in list(self._sockets.items()):
            if not self._still_in(sid, socket):
                self.end(sid)
            elif self._waiting(sid) > MOST_WAITING:
                log.warning("live: a page takes no more messages; cut")
                self._cut(sid)

    def end(self, sid: str) -> None:
        """Tell a page that its session is over, and hang up."""
        self._emitter.send("bye", {"code": "unauthenticated"}, sid)
        self._cut(sid)

    def _cut(self, sid: str) -> None:
        self._forget(sid)
        self._server().disconnect(sid, namespace=NAMESPACE)

    def _forget(self, sid: str) -> None:
        with self._lock:
            socket = self._sockets.pop(sid, None)
            if socket is not None:
                self._emitter.gone(socket)
        if self.desks is not None:
            self.desks.forget(sid)

    def _of_token(self, auth: Any) -> Socket | None:
        secret = auth.get("token") if isinstance(auth, dict) else None
        sent = f"Bearer {secret}" if isinstance(secret, str) else None
        header = sent or request.headers.get("Authorization", "")
        caller = self._accounts.bearer(header)
        return Socket(_sid(), header, caller.role, caller.gate, True) if caller else None

    def _still_in(self, sid: str, socket: Socket) -> bool:
        ask = self._accounts.bearer if socket.bearer else self._accounts.user
        try:
            found = ask(socket.key)
        except StoreError:
            return True
        return found is not None and found.role == socket.role

    def _server(self) -> Any:
        return self.socketio.server  # type: ignore[attr-defined]

    def _waiting(self, sid: str) -> int:
        server = self._server()
        eio_sid = server.manager.eio_sid_from_sid(sid, NAMESPACE)
        connection = server.eio.sockets.get(eio_sid)
        return connection.queue.qsize() if connection is not None else 0


def _of_session() -> Socket | None:
    user: Any = current_user
    if not user.is_authenticated:
        return None
    return Socket(_sid(), user.get_id(), user.role, scope=user.scope)


def _sid() -> str:
    return str(request.sid)  # type: ignore[attr-defined]
