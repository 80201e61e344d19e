"""Input devices of Linux as a transport: /dev/input/eventN, taken for this process alone.

A keyboard wedge types into whatever has the focus. Taken with EVIOCGRAB its keys come here
and nowhere else: no password field gets a card number, and nobody's keyboard gets in. A path
that cannot be grabbed is refused, because then it is no input device, or somebody else's.

Paths by name (/dev/input/by-id/…-event-kbd) stay the same when devices are plugged in another
order. No library is needed: reading is `read`, grabbing is one ioctl.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import select
from collections.abc import Callable

from gatekeeper.errors import ConfigError, TransportError

__all__ = ["Grab", "InputTransport", "grab_device"]

Grab = Callable[[int], None]
"""Takes the device behind a file descriptor for this process. Raises OSError."""

EVIOCGRAB = 0x40044590
"""_IOW('E', 0x90, int), linux/input.h."""
READ_TIMEOUT_MS = 50
RECORDS_MAX = 64 * 24
QUIET_S = 0.25
"""A wedge types a key every few milliseconds; a busy host was seen to pause for 100."""

_PATH_DUE = "a path such as /dev/input/by-id/usb-…-event-kbd"
_REMEDIES = {
    errno.ENOENT: f"{_PATH_DUE} that exists",
    errno.EACCES: "permission to read it (group input, or a udev rule for this device)",
    errno.EPERM: "permission to read it (group input, or a udev rule for this device)",
    errno.EBUSY: "a device that no other program has grabbed; end that program",
    errno.ENOTTY: "an input device, /dev/input/event…",
    errno.EINVAL: "an input device, /dev/input/event…",
}


def grab_device(fd: int) -> None:
    """Take the input device behind `fd`; it is let go when `fd` is closed."""
    fcntl.ioctl(fd, EVIOCGRAB, 1)


class InputTransport:
    """One input device. Used by one thread at a time."""

    def __init__(self, url: str, grab: Grab = grab_device) -> None:
        if not url.strip() or "://" in url or "\0" in url:
            raise ConfigError(f"{url!r} seen; {_PATH_DUE} is due")
        self.url = url
        self.quiet_s = QUIET_S
        self._grab = grab
        self._fd = -1
        self._poll = select.poll()

    def open(self) -> None:
        """Take the device. Raises TransportError with the remedy."""
        self.close()
        try:
            fd = os.open(self.url, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
        except OSError as error:
            raise self._refused(error) from error
        try:
            self._grab(fd)
        except OSError as error:
            os.close(fd)
            raise self._refused(error) from error
        self._fd, self._poll = fd, select.poll()
        self._poll.register(fd, select.POLLIN)

    def read(self) -> bytes:
        """Records that have arrived; b"" after 50 ms without any."""
        if self._fd < 0:
            raise self._fault("not open", "an open device")
        try:
            if not self._poll.poll(READ_TIMEOUT_MS):
                return b""
            data = os.read(self._fd, RECORDS_MAX)
        except BlockingIOError:
            return b""
        except OSError as error:
            raise self._fault(os.strerror(error.errno or 0), "records or silence") from error
        if not data:
            raise self._fault("its end", "records or silence")
        return data

    def write(self, data: bytes) -> None:
        """A reader that plays a keyboard takes nothing. Raises TransportError."""
        raise self._fault(f"{len(data)} bytes to send", "nothing: it only types")

    def set_baud(self, baud: int) -> None:
        """A keyboard has no speed."""

    def close(self) -> None:
        """Let the device go, also one that is already gone."""
        fd, self._fd = self._fd, -1
        if fd >= 0:
            with contextlib.suppress(OSError):
                os.close(fd)

    def _refused(self, error: OSError) -> TransportError:
        number = error.errno or 0
        return self._fault(os.strerror(number), _REMEDIES.get(number, "an input device"))

    def _fault(self, seen: str, due: str) -> TransportError:
        return TransportError(f"{self.url}: {seen} seen; {due} is due")
