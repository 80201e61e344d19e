"""The composition root: the only module that builds everything.

Each process of the product is built here from settings, by one function. What a process does
not need it does not import, so the node starts without the main database's and the web
framework's libraries.
"""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import socket
import sys
import threading

from gatekeeper.config import Config, where
from gatekeeper.errors import ConfigError, StoreError
from gatekeeper.locks import Lock
from gatekeeper.pulse import Pulse, Turns
from gatekeeper.supervise import Child, Supervisor

__all__ = [
    "PROCESSES",
    "check_doors",
    "check_readers",
    "prepare_database",
    "run_node",
    "run_web",
    "run_worker",
    "serve",
]

log = logging.getLogger(__name__)

PROCESSES = {"node": 0.5, "web": 2.0, "worker": 2.0}
"""What `serve` keeps running, and the longest pause in seconds before it is started again."""
PATIENCE_S = {"node": 8.0, "web": 12.0, "worker": 12.0}
"""How long each may give no sign of life before `serve` kills it and starts it again."""
ROUND_S = 600.0
"""What one round of the worker may take: reports and the nightly erase are in no hurry."""
NICENESS = {"node": -10, "web": 2, "worker": 10}
"""A decision goes before a page, a page before a report, whenever they want the same core."""
TAKEOVER_S = 6.0
"""How long a start waits for a predecessor that is ending."""


def serve(config: Config) -> None:
    """Run all processes until told to end. What can be known to be wrong is refused first.

    Raises ConfigError, UnknownDriverError, AlreadyRunning; nothing was started then.
    """
    check_readers(config)
    check_doors(config)
    with Lock(config.data, "serve").acquire():
        for name in PROCESSES:
            # A predecessor that was killed takes its children along, but not in no time.
            Lock(config.data, name).acquire(wait_s=TAKEOVER_S).release()
        _check_port(config)
        children = [
            Child(
                name,
                _command(name, config),
                _environment(config),
                longest_pause_s=pause,
                patience_s=PATIENCE_S[name],
            )
            for name, pause in PROCESSES.items()
        ]
        Supervisor(children).run()


def run_node(config: Config) -> None:
    """Run the node until SIGTERM or SIGINT."""
    from gatekeeper.node.place import take_turns
    from gatekeeper.node.process import Node
    from gatekeeper.node.wellness import SelfTest

    _take_rank("node")
    take_turns()
    check_readers(config)
    check_doors(config)
    stop = _stop_event()
    with (
        Pulse("node") as pulse,
        Lock(config.data, "node").acquire(wait_s=_grace()),
        Node(config) as node,
        SelfTest(config) as test,
    ):
        pulse.check = test.problem
        node.run(stop)
        pulse.check = str  # locking doors and ending readers takes the time that it takes


def run_web(config: Config) -> None:
    """Run the web process until SIGTERM or SIGINT."""
    from gatekeeper.web import serve as web

    _take_rank("web")
    with Lock(config.data, "web").acquire(wait_s=_grace()) as lock, Pulse("web") as pulse:
        lock.tell(f"{config.web.host} {config.web.port}")  # --port, PORT or the settings
        try:
            prepare_database(config)
        except StoreError as error:
            # Screens of the node's state need no database; the worker goes on trying.
            log.warning("main database not ready: %s", error)
        pulse.stop()  # from here on the server's own worker process beats
        web.run(config)


def run_worker(config: Config) -> None:
    """Run the worker until SIGTERM or SIGINT."""
    from gatekeeper.worker.process import run

    _take_rank("worker")
    stop = _stop_event()
    rounds = Turns("the worker", ROUND_S)
    with Lock(config.data, "worker").acquire(wait_s=_grace()), Pulse("worker") as pulse:
        while not stop.is_set():
            try:
                prepare_database(config)
                break
            except StoreError as error:
                log.warning("main database not ready: %s", error)
                stop.wait(1.0)
        pulse.check = rounds.problem
        run(config, stop, rounds.mark)


def prepare_database(config: Config) -> None:
    """Create or upgrade the main database; safe from several processes at once.

    Raises StoreError where it cannot be reached, or is a file that has gone: an empty one in
    its place would make strangers of everybody.
    """
    from gatekeeper.db.engine import connect
    from gatekeeper.db.migrate import upgrade

    file = connect(config.database_url).path
    exists = file is None or file.exists()
    if not exists and config.pass_copy_path.exists():
        raise StoreError(
            f"{file}: the main database of this installation is missing; put it back or restore "
            f"a backup (to begin anew without it, move {config.pass_copy_path} away too)"
        )
    # One that was there a moment ago and is not now is gone as well: never made anew.
    upgrade(config.database_url, create=not exists)


def check_readers(config: Config) -> None:
    """Refuse a reader whose driver nobody knows, or that its driver refuses, by file and line.

    Raises ConfigError; UnknownDriverError for an unknown driver.
    """
    from gatekeeper.readers import driver_class, make_reader
    from gatekeeper.readers.clock import SystemClock

    for number, reader in enumerate(config.readers):
        path = f"$.readers[{number}]"
        try:
            driver_class(reader.driver)
        except ConfigError as error:
            raise type(error)(f"{where(config.source, f'{path}.driver')}: {error}") from error
        try:
            make_reader(reader, SystemClock())
        except ConfigError as error:
            raise ConfigError(f"{where(config.source, f'{path}.id')}: {error}") from error


def check_doors(config: Config) -> None:
    """Refuse a board or a door that cannot be, by file and line. The readers are checked before.

    Raises ConfigError; UnknownDriverError for an unknown driver.
    """
    from gatekeeper.outputs.checks import check_outputs
    from gatekeeper.readers import driver_class
    from gatekeeper.readers.base import Switch
    from gatekeeper.readers.clock import SystemClock
    from gatekeeper.readers.transport import SerialTransport

    def refuse(path: str, error: ConfigError) -> None:
        raise type(error)(f"{where(config.source, path)}: {error}") from error

    readers = config.readers
    switches = {r.id for r in readers if issubclass(driver_class(r.driver), Switch)}
    check_outputs(config.doors, config.boards, switches, SerialTransport, SystemClock(), refuse)


def _take_rank(name: str) -> None:
    """Set this process's niceness, before it has threads: each thread inherits it.

    Going up needs a privilege (systemd: Nice=); going down does not, so that the order among
    the three holds in any case.
    """
    with contextlib.suppress(PermissionError):
        os.setpriority(os.PRIO_PROCESS, 0, NICENESS[name])


def _grace() -> float:
    """A restarted child may wait for what its killed predecessor left; a person need not."""
    return TAKEOVER_S if os.environ.get("GATEKEEPER_RESTART") else 0.0


def _stop_event() -> threading.Event:
    """Set by SIGTERM and SIGINT."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return stop


def _check_port(config: Config) -> None:
    """Refuse a port that somebody else has."""
    host, port = config.web.host, config.web.port
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            sock.bind((host, port))
        except OSError as error:
            raise ConfigError(
                f"{config.source or 'settings'}: web: {host} port {port} cannot be used "
                f"({error.strerror}); stop what uses it, or set web.port or --port"
            ) from error


def _command(name: str, config: Config) -> list[str]:
    command = [sys.executable, "-m", "gatekeeper", name, "--data", str(config.data)]
    if config.source is not None:
        command += ["--config", str(config.source.absolute())]
    return command


def _environment(config: Config) -> dict[str, str]:
    return {**os.environ, "PORT": str(config.web.port), "GATEKEEPER_RESTART": "1"}
