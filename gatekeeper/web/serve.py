"""The production server: gunicorn, one worker process, many threads, real WebSocket.

One worker, because the feed's rooms live in its memory; threads, because each open page
holds one. The port is opened here, so that a port in use is one line and not a loop of
retries. If this process is killed, the kernel kills the worker with it: no orphan keeps the
port or the data directory.
"""

from __future__ import annotations

import ctypes
import logging
import os
import signal
import socket
from typing import Any

from gunicorn.app.base import BaseApplication

from gatekeeper import logs
from gatekeeper.config import Config
from gatekeeper.errors import ConfigError
from gatekeeper.pulse import Pulse
from gatekeeper.web.application import Background, create_app
from gatekeeper.web.security import load_secret_key
from gatekeeper.web.services import EXTENSION
from gatekeeper.web.wellness import SelfTest

__all__ = ["open_port", "run"]

log = logging.getLogger(__name__)

THREADS = 200
GRACE_S = 1
KEEP_ALIVE_S = 20
_BACKLOG = 256
_PR_SET_PDEATHSIG = 1


def run(config: Config) -> None:
    """Serve until SIGTERM or SIGINT.

    Raises ConfigError where the port cannot be used or the settings are wrong.
    """
    load_secret_key(config.data)
    sock = open_port(config.web.host, config.web.port)
    host, port = sock.getsockname()[:2]
    log.info("web: listening on http://%s:%s", f"[{host}]" if ":" in host else host, port)
    # gunicorn takes the descriptor over and closes it.
    _Server(config, sock.detach(), (host, port)).run()


def open_port(host: str, port: int) -> socket.socket:
    """A listening socket. Raises ConfigError, which names what stands in the way."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((host, port))
        sock.listen(_BACKLOG)
    except OSError as error:
        sock.close()
        raise ConfigError(
            f"web: {host} port {port} cannot be used ({error.strerror}); "
            "stop what uses it, or set web.port or --port"
        ) from error
    return sock


class _Server(BaseApplication):  # type: ignore[misc]
    """gunicorn, told everything here and nothing by files, arguments or environment."""

    def __init__(self, config: Config, listening: int, address: tuple[str, int]) -> None:
        self._settings = config
        self._listening = listening
        self._address = address
        self._pulse = Pulse("web")
        self._background: Background | None = None
        self._parent = os.getpid()
        super().__init__()

    def load_config(self) -> None:
        options = {
            "bind": f"fd://{self._listening}",
            "workers": 1,
            "worker_class": "gthread",
            "threads": THREADS,
            "worker_connections": 1000,
            "timeout": 30,
            "graceful_timeout": GRACE_S,
            "keepalive": KEEP_ALIVE_S,
            "limit_request_line": 4094,
            "limit_request_fields": 60,
            "proc_name": "gatekeeper web",
            "logger_class": "gunicorn.glogging.Logger",
            "loglevel": "warning",
            "forwarded_allow_ips": "",
            "post_fork": self._post_fork,
            "worker_exit": self._worker_exit,
            "control_socket_disable": True,
        }
        for name, value in options.items():
            if name in self.cfg.settings:
                self.cfg.set(name, value)

    def load(self) -> Any:
        """In the worker: build the application and start its threads."""
        app, self._background = create_app(self._settings)
        self._background.start()
        built = app.extensions[EXTENSION]
        test = SelfTest(self._address, self._parent, most_pages=THREADS, pages=built.live.pages)
        self._pulse.check = lambda: test.problem() or built.hub.turns.problem()
        return app

    def _post_fork(self, _server: Any, _worker: Any) -> None:
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != self._parent:
            os._exit(1)  # it died before this line
        logs.configure("web")
        self._pulse.start()

    def _worker_exit(self, _server: Any, _worker: Any) -> None:
        """Open pages hold threads that would be waited for; they come back by themselves."""
        if self._background is not None:
            self._background.stop()
        os._exit(0)
