"""The two output pins of an R2000 reader as contacts for doors: GPIO3 and GPIO4, command 61.

The reader's driver asks between two rounds what is due, sends it, and says how it was
answered; who wants a pulse waits in a thread of its own. The reader does not time a pulse:
the driver ends it, opens what is closed before it releases the line, and opens both contacts
whenever it sets the reader up, so that one left closed by a program that was killed does not
stay so.

Source: hex-in/pyImpinj (command), its users' `write_gpio_value [3, 0]` (pin, level).
"""

from __future__ import annotations

import threading
from collections import deque

from gatekeeper.errors import ConfigError, TransportError

__all__ = ["ANSWER_S", "OUTPUTS_MAX", "PULSE_S", "RELEASE_NS", "Contacts"]

OUTPUTS_MAX = 2
FIRST_PIN = 3
PULSE_S = (0.1, 60.0)
ANSWER_S = 1.0
"""A contact that was not confirmed closed by then is not closed later either."""
RETRY_NS = 500_000_000
"""Between two commands to open a contact; rounds go on meanwhile."""
RELEASE_NS = 600_000_000
"""Longest wait for contacts to open before the line is released: the rest of a round and a
repetition or two."""
SURE = 2
"""So often it must be confirmed open: an answer may belong to an earlier command."""


class _Job:
    """Somebody waits for a contact to close."""

    def __init__(self, output: int, seconds: float) -> None:
        self.output = output
        self.seconds = seconds
        self.done = threading.Event()
        self.obeyed = False


class Contacts:
    """Contacts 1 to `count`. `pulse` from any thread, the rest from the driver's."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._lock = threading.Lock()
        self._jobs: deque[_Job] = deque()
        self._open_at: dict[int, int] = {}
        """Contact to when it is to be opened, monotonic ns."""
        self._sure: dict[int, int] = {}
        """Contact to how often in a row the reader has said that it is open."""
        self._asked: tuple[int, int] | None = None
        self._job: _Job | None = None
        self._releasing = False

    def begin(self) -> None:
        """The reader is set up: every contact is to be opened before anything else."""
        with self._lock:
            self._open_at = dict.fromkeys(range(1, self._count + 1), 0)
            self._sure.clear()
            self._asked = self._job = None
            self._releasing = False

    def release(self) -> None:
        """The line is about to be released: open what is closed, or may be, and close no more."""
        with self._lock:
            self._releasing = True
            perhaps = {*self._open_at, *([self._asked[0]] if self._asked else [])}
            self._open_at = dict.fromkeys(sorted(perhaps), 0)
            self._sure.clear()
            self._asked = self._job = None
            for job in self._jobs:
                job.done.set()
            self._jobs.clear()

    @property
    def left_closed(self) -> bool:
        """Whether a contact has not been confirmed open since it was to be opened."""
        with self._lock:
            return any(not self._sure.get(output) for output in self._open_at)

    def due(self, now_ns: int) -> tuple[int, int] | None:
        """Pin and level to be sent now, or None. The same again until it is answered."""
        with self._lock:
            late = [output for output, at in self._open_at.items() if at <= now_ns]
            if late:
                self._asked, self._job = (late[0], 0), None
            elif self._jobs:
                self._job = self._jobs[0]
                self._asked = (self._job.output, 1)
            else:
                self._asked = self._job = None
                return None
            output, level = self._asked
            return FIRST_PIN + output - 1, level

    def answered(self, obeyed: bool, now_ns: int) -> None:
        """How the reader answered what was due."""
        with self._lock:
            if self._asked is None:
                return
            (output, level), job = self._asked, self._job
            self._asked = self._job = None
            if level == 0:
                self._sure[output] = self._sure.get(output, 0) + 1 if obeyed else 0
                if self._sure[output] >= SURE:
                    del self._open_at[output]
                else:
                    self._open_at[output] = now_ns + RETRY_NS
                return
            self._sure[output] = 0
            # Closed or not, for all that is known: it has an end.
            seconds = job.seconds if job is not None and obeyed else 0.0
            self._open_at[output] = now_ns + round(seconds * 1e9)
            if job is not None:
                job.obeyed = obeyed
                self._forget(job)
                job.done.set()

    def pulse(self, output: int, seconds: float) -> None:
        """Close contact `output` for so long; see Switch.pulse."""
        if not 1 <= output <= self._count:
            due = f"1 to {self._count} is due" if self._count else "option outputs is 0"
            raise ConfigError(f"output {output} seen; {due}")
        low, high = PULSE_S
        if not low <= seconds <= high:
            raise ConfigError(f"{seconds:g} s seen; {low:g} to {high:g} s are due")
        job = _Job(output, seconds)
        with self._lock:
            if self._releasing:
                raise TransportError(
                    f"output {output}: a line that is being released seen; an open one is due"
                )
            self._jobs.append(job)
        answered = job.done.wait(ANSWER_S)
        with self._lock:
            self._forget(job)
            if not answered and self._job is job:
                self._open_at[output] = 0  # it may have been sent: open it, whatever it did
        if not job.obeyed:
            seen = "a refusal" if answered else f"no answer within {ANSWER_S:g} s"
            raise TransportError(f"output {output}: {seen} seen; a confirmation is due")

    def _forget(self, job: _Job) -> None:
        if job in self._jobs:
            self._jobs.remove(job)
