"""A smart-card service with virtual readers, for trials: `pcscd` and `vpcd` of Debian.

    python -m firmware_sim.pcscd --dir DIR [--reader NAME]…

starts pcscd with one virtual reader for each NAME, prints a line of JSON that says how each
is called and at which port its cards connect, and ends with pcscd when standard input is
closed. Nothing under /etc is read or written.

Facts that shaped this module: a machine has room for one pcscd (the folder of its socket is
compiled in), so whoever starts one takes a lock; entries of one library share their cards, so
each reader gets a copy of it; a killed pcscd leaves its socket behind; vpcd listens on every
interface and asks nobody for a password, so this is for trials and never for a gate.
"""

from __future__ import annotations

import argparse
import fcntl
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Self

__all__ = ["READERS_MAX", "Pcscd", "PcscdError", "missing"]

LIBRARY = Path("/usr/lib/pcsc/drivers/serial/libifdvpcd.so")
RUN = Path("/run/pcscd")
_LOCKS = Path("/run/lock")
LOCK = (_LOCKS if _LOCKS.is_dir() else Path(tempfile.gettempdir())) / "gatekeeper-pcscd.lock"
READERS_MAX = 8
"""pcscd has 16 places for slots, and Debian's vpcd takes two for each reader."""
START_S = 10.0
LOCK_S = 200.0
_POLL_S = 0.003
"""Short: whoever takes the lock again and again leaves it for some milliseconds only."""


class PcscdError(Exception):
    """No smart-card service can be started here; the text says why and what to do."""


def missing() -> str:
    """What this machine lacks for it, and what to install; empty: nothing."""
    if shutil.which("pcscd") is None:
        return "pcscd is not installed; apt-get install pcscd"
    if not LIBRARY.exists():
        return f"{LIBRARY} is not there; apt-get install vsmartcard-vpcd"
    if os.geteuid() != 0 and not os.access(RUN, os.W_OK):
        return f"{RUN} cannot be written; run this as root"
    return ""


class Pcscd:
    """One service. `with` takes the machine's lock, starts it, and ends both."""

    def __init__(self, folder: Path, readers: Sequence[str] = ("Gate 0",)) -> None:
        self.folder = folder
        self.ports: dict[str, int] = {}
        """Port of each reader, by the name that it was given."""
        self._lock: IO[str] | None = None
        self._process: subprocess.Popen[bytes] | None = None
        for name in readers:
            self._enter(name)

    @staticmethod
    def full_name(name: str) -> str:
        """What pcscd makes of a reader's name: its number and slot are added."""
        return f"{name} 00 00"

    @property
    def pid(self) -> int:
        """Of the running service; 0 where none runs."""
        return self._process.pid if self._process is not None else 0

    def take_lock(self, timeout_s: float = LOCK_S) -> None:
        """Wait until nobody else on this machine has such a service."""
        lock = LOCK.open("a")
        end = time.monotonic() + timeout_s
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                if time.monotonic() > end:
                    lock.close()
                    what = f"{LOCK} was held by others for {timeout_s:.0f} s"
                    raise PcscdError(what) from error
                time.sleep(_POLL_S)
            else:
                self._lock = lock
                return

    def start(self) -> None:
        """Start the service and wait until it answers. Raises PcscdError."""
        why = missing() or _other_service()
        if why:
            raise PcscdError(why)
        for name in ("pcscd.comm", "pcscd.pid"):
            (RUN / name).unlink(missing_ok=True)  # of one that was killed
        # It ends with us, also where we are killed: nobody else may end it.
        command = [*_programs(), "--foreground", "--config", str(self.folder / "readers.d")]
        with (self.folder / "pcscd.log").open("ab") as log:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        end = time.monotonic() + START_S
        while not (_answers() and all(_listens(port) for port in self.ports.values())):
            if self._process.poll() is not None or time.monotonic() > end:
                self.kill()
                raise PcscdError(f"pcscd did not start; see {self.folder / 'pcscd.log'}")
            time.sleep(_POLL_S)

    def stop(self) -> None:
        """End the service as its machine's shutdown would."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End it at once; its files stay behind."""
        self._end(signal.SIGKILL)

    def pause(self) -> None:
        """It is there, but answers nobody."""
        if self._process is not None:
            self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """It answers again."""
        if self._process is not None:
            self._process.send_signal(signal.SIGCONT)

    def add(self, name: str) -> None:
        """Have a further reader from the next start on: a running service takes no new entry."""
        self._enter(name)

    def forget(self, name: str) -> None:
        """Leave a reader out from the next start on."""
        del self.ports[name]
        (self.folder / "readers.d" / _file(name)).unlink()

    def _enter(self, name: str) -> None:
        if len(self.ports) >= READERS_MAX:
            raise PcscdError(f"{READERS_MAX} virtual readers are there; no further one is possible")
        libraries, entries = self.folder / "drivers", self.folder / "readers.d"
        libraries.mkdir(parents=True, exist_ok=True)
        entries.mkdir(exist_ok=True)
        library = libraries / f"{len(list(libraries.iterdir()))}.so"
        if LIBRARY.exists():
            shutil.copyfile(LIBRARY, library)
        port = self.ports[name] = _free_ports(set(self.ports.values()))
        (entries / _file(name)).write_text(
            f'FRIENDLYNAME "{name}"\nDEVICENAME /dev/null:{port:#X}\n'
            f"LIBPATH {library}\nCHANNELID {port:#X}\n",
            encoding="utf-8",
        )

    def _end(self, number: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(signal.SIGCONT)
        process.send_signal(number)
        try:
            process.wait(START_S)
        except subprocess.TimeoutExpired:  # a thread of it waits for a card that never answers
            process.kill()
            process.wait(START_S)

    def __enter__(self) -> Self:
        self.take_lock()
        try:
            self.start()
        except BaseException:
            self._release()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            self.stop()
        finally:
            self._release()

    def _release(self) -> None:
        lock, self._lock = self._lock, None
        if lock is not None:
            lock.close()


def _programs() -> list[str]:
    setpriv, pcscd = shutil.which("setpriv"), shutil.which("pcscd") or "pcscd"
    return [setpriv, "--pdeathsig", "TERM", pcscd] if setpriv else [pcscd]


def _file(name: str) -> str:
    return name.replace(" ", "_")


def _free_ports(taken: set[int]) -> int:
    """The first of two ports next to each other that nobody uses: a reader has two slots."""
    while True:
        with socket.socket() as one, socket.socket() as two:
            one.bind(("", 0))
            port = int(one.getsockname()[1])
            if {port, port - 1, port + 1} & taken or port >= 0xFFFF:
                continue
            try:
                two.bind(("", port + 1))
            except OSError:
                continue
            return port


def _answers() -> bool:
    with socket.socket(socket.AF_UNIX) as client:
        return client.connect_ex(str(RUN / "pcscd.comm")) == 0


def _listens(port: int) -> bool:
    """Looks without connecting: whoever connects is a card."""
    table = Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]
    rows = [line.split() for line in table]
    return any(row[1].endswith(f":{port:04X}") and row[3] == "0A" for row in rows)


def _other_service() -> str:
    """Who else has a smart-card service on this machine."""
    if not _answers():
        return ""
    return (
        "another pcscd runs on this machine, and there is room for one; "
        "systemctl stop pcscd.socket pcscd.service"
    )


def main(arguments: list[str] | None = None) -> int:
    """Run until standard input is closed; 0 when done, 1 where no service can be started."""
    parser = argparse.ArgumentParser(prog="firmware_sim.pcscd", description=__doc__)
    parser.add_argument("--dir", type=Path, required=True, help="for configuration and log")
    parser.add_argument("--reader", action="append", default=[], metavar="NAME")
    options = parser.parse_args(arguments)
    options.dir.mkdir(parents=True, exist_ok=True)
    try:
        with Pcscd(options.dir.absolute(), options.reader or ["Gate 0"]) as service:
            names = {service.full_name(name): port for name, port in service.ports.items()}
            sys.stdout.write(json.dumps({"pid": service.pid, "readers": names}) + "\n")
            sys.stdout.flush()
            sys.stdin.read()
    except PcscdError as error:
        sys.stderr.write(f"firmware_sim.pcscd: {error}\n")
        return 1
    except KeyboardInterrupt:
        pass
    return 0


if __name__ == "__main__":
    sys.exit(main())
