"""One reader's OSDP session, by libosdp: the only room that imports it.

libosdp (3.2.9, Apache-2.0) holds the state machine, the secure channel and the encoding. It
is used here one reader at a time and by hand: it is handed whole good replies and asked for
the next frame, and owns neither a line nor a thread. Facts of it that shaped this module, all
seen with 3.2.9:

- Its own helper thread polls every 101 ms. Asked more often it polls 51 ms after the last
  reply, and never sooner: OSDP_PD_POLL_TIMEOUT_MS is compiled in.
- One damaged reply, one NAK, or eight unanswered commands of one second each, and it takes the
  reader off line for 300 s. `restart` begins anew at once; it leaks nothing, while a new
  ControlPanel leaks some 140 bytes.
- An exception in a channel or a callback ends in SystemError: those here cannot raise.
- Its random numbers come from C's `rand()`, which nobody seeds: in every process the challenges
  were the same, so a recorded session could have been played back. `_stir` seeds it.
- It counts time by the wall clock; who uses a panel must not wait for it for ever.
- Numbers of LED and output timers are cut to eight bits.
- Every event's dict is leaked by its Python binding; emptied, that is 64 bytes.
- It prints to standard output unless told to be silent.
"""

from __future__ import annotations

import ctypes
import importlib
import os
from collections.abc import Callable
from typing import Any

from gatekeeper.errors import ConfigError

__all__ = ["Panel", "library"]

_TURNS = 4
"""Calls of `refresh` from idle to a frame: choose, kick, build."""
_JUNK = bytes.fromhex("5380080004400000")
"""A reply with a wrong check value: libosdp gives up what it waits for."""
_STATE_BYTES = 256
_state = ctypes.create_string_buffer(_STATE_BYTES)
"""State of C's random numbers; must live as long as the process."""


def library() -> Any:
    """libosdp's low-level module. Raises ConfigError where it is not installed."""
    try:
        return importlib.import_module("osdp_sys")
    except ImportError as error:
        raise ConfigError(
            "no Python package osdp_sys seen; libosdp is due, install it by: pip install libosdp"
        ) from error


def _stir() -> None:
    """Fill the state of C's `rand()` with the system's randomness (glibc: random(3))."""
    libc = ctypes.CDLL(None)
    libc.initstate.argtypes = [ctypes.c_uint, ctypes.c_char_p, ctypes.c_size_t]
    libc.initstate.restype = ctypes.c_void_p
    libc.initstate(int.from_bytes(os.urandom(4), "little"), _state, _STATE_BYTES)
    # Its first word holds kind and place; the others are plain numbers.
    ctypes.memmove(ctypes.addressof(_state) + 4, os.urandom(_STATE_BYTES - 4), _STATE_BYTES - 4)


class _Channel:
    """What libosdp reads from and writes to; one reply in, one frame out."""

    id = 1

    def __init__(self) -> None:
        self.reply = b""
        self.frame = b""

    def read(self, most: int) -> bytes:
        taken, self.reply = self.reply[:most], self.reply[most:]
        return taken

    def write(self, frame: bytes) -> int:
        self.frame = bytes(frame)
        return len(frame)

    def flush(self) -> None:
        self.reply = b""


class Panel:
    """The control panel's end of the session with one reader. Used by one thread."""

    def __init__(
        self,
        address: int,
        key: bytes | None,
        *,
        enforce: bool,
        on_event: Callable[[dict[str, Any]], None],
        on_done: Callable[[dict[str, Any], bool], None],
    ) -> None:
        """`key`: the reader's own (SCBK), 16 bytes; None: no secure channel. `enforce`: nothing
        without a secure channel of that key. `on_event` gets libosdp's dicts of cards and the
        like, `on_done` each submitted command and whether the reader obeyed.

        Raises ConfigError where libosdp is not installed.
        """
        self._channel = _Channel()
        self._on_event, self._on_done = on_event, on_done
        self._waiting = False
        self._library = library()
        self._library.set_loglevel(self._library.LOG_EMERG)
        _stir()
        self._context = self._library.ControlPanel([self._info(address, key, enforce)])
        self._context.set_event_callback(self._event)
        self._context.set_command_completion_callback(self._done)

    @property
    def online(self) -> bool:
        """Whether the session stands."""
        return bool(self._context.status())

    @property
    def secure(self) -> bool:
        """Whether it is encrypted."""
        return bool(self._context.sc_status())

    @property
    def waiting(self) -> bool:
        """Whether a frame of this panel is to be answered."""
        return self._waiting

    def capability(self, function: int) -> tuple[int, int]:
        """(level, number of items) that the reader has declared for a function code."""
        level, items = self._context.check_capability(0, function)
        return level, items

    def next_frame(self) -> bytes:
        """The frame that is to be sent now; empty: nothing yet."""
        self._channel.frame = b""
        for _ in range(_TURNS):
            self._context.refresh()
            if self._channel.frame:
                self._waiting = True
                break
        return self._channel.frame

    def hear(self, reply: bytes) -> None:
        """The whole reply to the last frame, however late it is."""
        self._channel.reply = reply
        self._waiting = False
        self._context.refresh()

    def submit(self, command: dict[str, Any]) -> bool:
        """Queue a command; False: it was refused, most likely because there is no session."""
        return bool(self._context.submit_command(0, command))

    def restart(self) -> None:
        """Begin anew with the first frame of a session; what was queued is done, in vain."""
        context, channel = self._context, self._channel
        context.flush_commands(0)
        if self._waiting:
            self.hear(_JUNK)
        for _ in range(_TURNS):
            if not context.is_pd_enabled(0):
                break
            context.disable_pd(0)
            channel.frame = b""
            for _ in range(_TURNS):
                context.refresh()
            if channel.frame:  # a new session had begun meanwhile, and is in the way
                channel.reply = _JUNK
                context.refresh()
        _stir()
        context.enable_pd(0)
        channel.reply = channel.frame = b""
        self._waiting = False

    def _info(self, address: int, key: bytes | None, enforce: bool) -> dict[str, Any]:
        return {
            "name": f"reader-{address}",
            "address": address,
            "flags": self._library.FLAG_ENFORCE_SECURE if enforce else 0,
            "scbk": key,
            "channel": self._channel,
            # Only a reader tells these; a control panel must give them all the same.
            "version": 0,
            "model": 0,
            "vendor_code": 0,
            "serial_number": 0,
            "firmware_version": 0,
        }

    def _event(self, _number: int, event: dict[str, Any]) -> int:
        mine = dict(event)
        event.clear()
        self._on_event(mine)
        return 0

    def _done(self, _number: int, command: dict[str, Any], status: int) -> None:
        self._on_done(command, status == self._library.COMPLETION_OK)
