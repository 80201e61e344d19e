"""One reader on an OSDP bus: when it is asked, how long it is waited for, and how it is.

The bus gives it turns; the panel (osdp_panel.py) says what to send. In between stands what
libosdp does badly: a command whose answer was lost is repeated at once with its sequence
number (OSDP 2.1.7, 5.4: the reader then repeats its answer, so that a card is not lost), a
session that cannot go on begins anew within a second, and a reader that is gone is asked
seldom and waited for shortly, so that it costs the others next to nothing.

No line, no thread: nanoseconds of the monotonic clock come in as arguments.
"""

from __future__ import annotations

import logging
from collections import Counter, deque
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any

from gatekeeper.readers.osdp_commands import Job
from gatekeeper.readers.osdp_panel import Panel
from gatekeeper.readers.osdp_patience import MS, REFUSED_NS, REPEAT_NS, TRIES, Patience
from gatekeeper.readers.osdp_wire import Command, Heard, Reply, parse, uses_default_key

__all__ = ["Station"]

POLL_NS = 50 * MS
"""libosdp polls no sooner after a reply than this, by its clock of whole milliseconds."""
SOON_NS = MS // 4
"""How soon a panel is asked again that had nothing to send."""
STALLED_NS = 300 * MS
"""A panel in session that wants to send nothing for so long has lost its clock (libosdp goes
by the wall clock, which may be put back)."""
SUSPECT_NS, DOWN_NS = 1_000 * MS, 4_000 * MS
STEADY_NS = 5_000 * MS

log = logging.getLogger("gatekeeper.readers")


class Station:
    """One address on the bus. Used by the bus' thread, except where a method says otherwise."""

    def __init__(
        self,
        reader: str,
        address: int,
        panel_of: Callable[[Station], Panel],
        *,
        enforce: bool = True,
    ) -> None:
        """`enforce`: what comes without a secure channel is not believed."""
        self.reader, self.address, self.enforce = reader, address, enforce
        self.panel = panel_of(self)
        self.errors: Counter[str] = Counter()
        self.events: SimpleQueue[tuple[int, dict[str, Any]] | None] = SimpleQueue()
        """Events of the reader with the monotonic time of their last byte; None wakes."""
        self.on_online: Callable[[], list[Job]] = list
        """What is to be asked of a reader as soon as its session stands."""
        self.heard_ns = self.ready_ns = 0
        """When the reader was last heard at all, and last heard in session."""
        self.trouble = ""
        """Why there is no session although the reader answers."""
        self.default_key = False
        """Whether the last challenge was made with the key that everybody knows."""
        self.due_ns = 0
        self.wake: Callable[[], None] = lambda: None
        self._jobs: deque[Job] = deque()
        self._to_show: Callable[[], list[Job]] | None = None
        self._sent: deque[Job] = deque()
        self._refused: set[Command] = set()
        self._frame = b""
        self._asked: Heard | None = None
        self._tries = 0
        self._patience = Patience()
        self._wanted_ns = self._restarted_ns = 0
        self._was_online = False
        self._event_ns = 0

    def begin(self, now_ns: int) -> None:
        """The line has been opened just now."""
        self.heard_ns = self.ready_ns = 0
        self.trouble, self._was_online = "", False
        self._patience = Patience()
        self._refused.clear()
        self._restart(now_ns, 0)

    def end(self) -> None:
        """The line is gone or the reader is closed: whoever waits is told."""
        for job in (*self._jobs, *self._sent):
            job.end(obeyed=False)
        self._jobs.clear()
        self._sent.clear()
        self._to_show = None
        self.events.put(None)

    def submit(self, job: Job) -> None:
        """Have `job` done at the next turn. From any thread."""
        self._jobs.append(job)
        self.wake()

    def show(self, jobs_of: Callable[[], list[Job]]) -> None:
        """Have these jobs done at the next turn, in place of those that still wait to be shown.
        From any thread; where there is no session they are forgotten."""
        self._to_show = jobs_of
        self.wake()

    @property
    def has_jobs(self) -> bool:
        """Whether a command waits that could be sent now."""
        return bool(self._jobs or self._to_show) and self.panel.online and not self.panel.waiting

    @property
    def answering(self) -> bool:
        """Whether the reader is in session and answered when it was last asked."""
        return self.panel.online and not self._tries

    def turn(self, now_ns: int) -> bytes:
        """The frame to send now; empty: none yet, `due_ns` says when to ask again."""
        if not self.panel.waiting:
            self._hand_over()
            frame = self.panel.next_frame()
            if not frame:
                self._nothing_to_send(now_ns)
                return b""
            self._wanted_ns = now_ns
            self._adopt(frame)
        return self._frame

    def window_ns(self) -> int:
        """How long to wait for the answer, counted from the last byte of the question."""
        return self._patience.window_ns(online=self.panel.online)

    def hear(self, reply: Heard, now_ns: int, took_ns: int) -> bool:
        """Take a reply to this address; whether it is the answer that is waited for.

        `took_ns`: from the last byte of the question to the first of the answer.
        """
        self.heard_ns = now_ns
        asked = self._asked
        if not self.panel.waiting or asked is None:
            self.errors["late_reply"] += 1
            return False
        if reply.code == Reply.BUSY:
            self.errors["busy"] += 1
            self.due_ns = now_ns + REPEAT_NS
            return True
        if reply.sequence != asked.sequence and reply.code != Reply.NAK:
            self.errors["late_reply"] += 1
            return False
        self._patience.answered(took_ns)
        self._tries = 0
        self._event_ns = now_ns
        if reply.code == Reply.NAK:
            self._note_refusal(asked, reply)
        self.panel.hear(reply.raw)
        self._judge_session(asked, reply, now_ns)
        return True

    def miss(self, now_ns: int) -> None:
        """No answer came in time."""
        self._tries += 1
        if self.panel.online:
            self.errors["no_answer"] += 1
            self.due_ns = now_ns + (self._tries - 1) * REPEAT_NS
            if self._tries > TRIES:
                self.errors["session_lost"] += 1
                self._restart(now_ns, 0)
            return
        self._was_online = False
        pause = self._patience.pause_ns()
        if self._asked is not None and self._asked.code != Command.ID and self._tries > TRIES:
            self._restart(now_ns, pause)
        else:
            self.due_ns = now_ns + pause

    def take_event(self, event: dict[str, Any]) -> None:
        """The panel has understood an event."""
        if self.enforce and not self.panel.secure:
            self.errors["insecure_event"] += 1
            return
        self.events.put((self._event_ns, event))

    def take_done(self, obeyed: bool) -> None:
        """The panel has done the oldest command that it was handed."""
        if self._sent:
            self._sent.popleft().end(obeyed=obeyed)

    def problem(self, now_ns: int) -> str:
        """Why the reader is suspect, or empty. From any thread."""
        if self.trouble and now_ns - self.heard_ns < 2 * SUSPECT_NS:
            return self.trouble
        if not self.heard_ns:
            return f"no answer from address {self.address} yet"
        silent_ns = now_ns - (self.ready_ns or self.heard_ns)
        if silent_ns >= SUSPECT_NS:
            return f"no answer from address {self.address} for {silent_ns / 1e9:.1f} s"
        return ""

    def alive(self, now_ns: int) -> bool:
        """Whether the reader was heard in session lately. From any thread."""
        return bool(self.ready_ns) and now_ns - self.ready_ns < DOWN_NS and not self.trouble

    def _hand_over(self) -> None:
        jobs_of, self._to_show = self._to_show, None
        if jobs_of is not None and self.panel.online:
            self._jobs.extend(jobs_of())
        while self._jobs and self.panel.online:
            job = self._jobs.popleft()
            if job.withdrawn:
                continue
            # Before it is submitted: a command may be done at once, in vain.
            self._sent.append(job)
            if job.code in self._refused or not self.panel.submit(job.command):
                self._sent.remove(job)
                job.end(obeyed=False)

    def _nothing_to_send(self, now_ns: int) -> None:
        self.due_ns = now_ns + SOON_NS
        if now_ns - max(self._wanted_ns, self._restarted_ns) > STALLED_NS:
            self.errors["stalled"] += 1
            self._restart(now_ns, 0)

    def _note_refusal(self, asked: Heard, reply: Heard) -> None:
        code = reply.content[0] if reply.content else 0
        self.errors[f"nak_{code}"] += 1
        if self.panel.online and asked.code in (Command.LED, Command.BUZ, Command.LSTAT):
            # What it cannot do is not asked of it again: each refusal costs the session.
            self._refused.add(Command(asked.code))
            log.warning("%s: the reader refuses command %02X", self.reader, asked.code)

    def _judge_session(self, asked: Heard, reply: Heard, now_ns: int) -> None:
        if self.panel.online:
            self.ready_ns, self.trouble = now_ns, ""
            if not self._was_online:
                self._was_online = True
                self._jobs.extendleft(self.on_online())
            self.due_ns = now_ns if self.has_jobs else now_ns + POLL_NS
            return
        if not self._was_online and reply.code != Reply.NAK and self._goes_on():
            self.due_ns = now_ns
            return
        if self._was_online:
            self.errors["session_lost"] += 1
        else:
            self.trouble = _why(asked)
            self.errors["session_refused"] += 1
        quickly = self._was_online and now_ns - self._restarted_ns > STEADY_NS
        self._restart(now_ns, 0 if quickly else REFUSED_NS)

    def _goes_on(self) -> bool:
        """Whether the panel follows a reply with the next frame of the handshake."""
        frame = self.panel.next_frame()
        if not frame:
            return False
        self._adopt(frame)
        return True

    def _adopt(self, frame: bytes) -> None:
        self._frame = frame
        asked = parse(frame)
        self._asked = asked if isinstance(asked, Heard) else None
        if self._asked and self._asked.code == Command.CHLNG:
            self.default_key = uses_default_key(self._asked)

    def _restart(self, now_ns: int, pause_ns: int) -> None:
        self.panel.restart()
        for job in self._sent:
            job.end(obeyed=False)
        self._sent.clear()
        self._was_online = False
        self._tries = 0
        self._asked, self._frame = None, b""
        self._restarted_ns = self._wanted_ns = now_ns + pause_ns
        self.due_ns = now_ns + pause_ns


def _why(asked: Heard) -> str:
    """What a reader that answers lacks, by the question at which the session ended."""
    if asked.code == Command.CHLNG or asked.code == Command.SCRYPT:
        return (
            "the reader has another key: give it this reader's `key`, or put the reader into its "
            "own install mode and set install = on once"
        )
    if asked.code == Command.CAP:
        return "the reader offers no secure channel; it cannot be used without"
    return f"the reader refuses the session at command {asked.code:02X}"
