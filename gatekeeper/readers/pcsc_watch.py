"""One thread at one PC/SC reader: waits for cards, asks each for its UID again and again.

A card may never answer, and no call of the service has a time limit, so all of them are made
here and nowhere else; whoever holds a Watcher sees by `busy_s` that one does not come back.
The thread ends by itself once the call returns after `stop`.

While a card is present its UID is read anew at each turn and never remembered: a card that is
exchanged within the service's own poll (0.4 s with some readers) gives no event at all.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from gatekeeper.errors import CardError, GatekeeperError, ReaderError, TransportError
from gatekeeper.model import ReasonClass
from gatekeeper.readers.apdu import card_type, read_uid
from gatekeeper.readers.clock import Clock
from gatekeeper.readers.facts import TRAFFIC, Counters
from gatekeeper.readers.pcsc_lights import Lights
from gatekeeper.readers.scard import Card, Cause, Service, cause_of

__all__ = ["Plan", "Seen", "Watcher", "choose"]

EMPTY_WAIT_MS = 200
"""How long one question for a change waits; the longest that `stop` takes."""
RETRY_S = 0.05
"""Pause after a card could not be talked to, until the service knows more."""
KEPT = 64
"""Reads that wait for a holder who is busy: more than six seconds of them."""

log = logging.getLogger("gatekeeper.readers")


@dataclass(frozen=True, slots=True)
class Plan:
    """What a reader is to be watched for."""

    reader: str
    """Part of its name in the service; empty: the only one."""
    poll_s: float
    lights: Lights


@dataclass(frozen=True, slots=True)
class Seen:
    """A UID, and when its last byte came."""

    credential: str
    ns: int
    at: float


def choose(names: list[str], part: str) -> str:
    """The reader among `names` that `part` means. Raises TransportError, which lists them."""
    alike = [name for name in names if part.casefold() in name.casefold()]
    if part in names:
        return part
    if len(alike) == 1:
        return alike[0]
    seen = ", ".join(repr(name) for name in names) or "no reader"
    due = f"exactly one whose name contains {part!r} is due" if part else "exactly one is due"
    raise TransportError(f"pcsc://{part}: {seen} seen; {due}")


class Watcher:
    """The thread. Its counters are the driver's; only this thread changes them."""

    def __init__(self, plan: Plan, clock: Clock, counters: Counters, name: str) -> None:
        self.name = ""
        """The reader's name in the service, once it is found."""
        self._plan, self._clock, self._counters, self._id = plan, clock, counters, name
        self._changed = threading.Condition()
        self._seen: deque[Seen] = deque(maxlen=KEPT)
        self._fault: GatekeeperError | None = None
        self._stopping = False
        self._call = ("", 0)
        self._trouble = ("", 0)
        self._service = Service()
        self._card: Card | None = None
        self._known = 0
        self._thread = threading.Thread(target=self._run, name=f"pcsc-{name}", daemon=True)

    def start(self, timeout_s: float) -> None:
        """Begin, and wait until the reader is found. Raises what is in the way of it."""
        self._thread.start()
        with self._changed:
            self._changed.wait_for(lambda: self.name or self._fault, timeout_s)
            if self._fault is not None:
                raise self._fault
            if not self.name:
                raise TransportError(
                    f"pcsc://{self._plan.reader}: no answer of the smart-card service within "
                    f"{timeout_s:.0f} s seen; its list of readers is due"
                )

    def stop(self, timeout_s: float) -> bool:
        """End; whether that was within `timeout_s`. Else it ends when its call comes back."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        if self._thread.ident is not None:
            self._thread.join(timeout_s)
        return not self.running

    @property
    def running(self) -> bool:
        """Whether the thread still is."""
        return self._thread.is_alive()

    def take(self, timeout_s: float) -> list[Seen]:
        """What was read since the last call; waits that long for a first.

        Raises what has ended the thread, after all reads before it were taken.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._seen or self._fault, timeout_s)
            seen = list(self._seen)
            self._seen.clear()
            if not seen and self._fault is not None:
                raise self._fault
        return seen

    def show(self, shown: ReasonClass) -> None:
        """Have lights and buzzer show this as soon as may be; the last of several counts."""
        with self._changed:
            self._plan.lights.want(shown)
            self._changed.notify_all()

    def busy(self) -> tuple[str, float]:
        """What the thread waits for, and for how many seconds now."""
        what, since_ns = self._call
        return what, (self._clock.monotonic_ns() - since_ns) / 1e9 if what else 0.0

    def trouble(self) -> tuple[str, float]:
        """What is wrong with the card that is there, and for how many seconds now."""
        text, since_ns = self._trouble
        return text, (self._clock.monotonic_ns() - since_ns) / 1e9 if text else 0.0

    def _run(self) -> None:
        try:
            with self._calling("the smart-card service"):
                self._service.open()
                name = choose(self._service.readers(), self._plan.reader)
            with self._changed:
                self.name = name
                self._changed.notify_all()
            while not self._stopping:
                self._turn()
        except GatekeeperError as error:
            self._end(error)
        except Exception as error:
            log.exception("%s: the watcher failed", self._id)
            self._end(ReaderError(f"pcsc://{self._plan.reader}: {error!r} seen; no fault is due"))
        finally:
            self._drop_card()
            self._service.close()

    def _end(self, fault: GatekeeperError) -> None:
        with self._changed:
            self._fault = fault
            self._changed.notify_all()

    def _turn(self) -> None:
        wait_ms = 0 if self._known and self._card is not None else EMPTY_WAIT_MS
        before = self._known >> 16
        with self._calling("the state of the reader"):
            state = self._service.state(self.name, self._known, wait_ms)
        if before and state.changes - before > 1:
            self._counters.errors["unseen_changes"] += 1
        self._known = state.known
        if not state.present:
            self._drop_card()
            self._trouble = ("", 0)
            self._show_without_card()
            return
        if state.mute:
            self._note("mute", "a card that does not answer to power seen; another try is due")
        else:
            self._talk(state.atr)
        self._pause(self._plan.poll_s if self._card is not None else RETRY_S)

    def _talk(self, atr: bytes) -> None:
        """One question to the card that is there."""
        try:
            if self._card is None:
                with self._calling("a card to be powered"):
                    self._card = self._service.connect(self.name)
                log.debug("%s: %s", self._id, card_type(atr))
            self._ask(self._card)
            for command in self._plan.lights.due(self.name, card=True):
                self._plan.lights.take(self._transmit(self._card, command))
        except CardError as error:
            self._drop_card()
            cause = cause_of(error.code)
            if cause in (Cause.SERVICE, Cause.READER):
                raise
            if cause is Cause.CARD:
                self._counters.errors["card_lost"] += 1
                self._begin_trouble(str(error))
            else:
                self._note("card_error", str(error))

    def _ask(self, card: Card) -> None:
        answer = read_uid(lambda command: self._transmit(card, command))
        if answer.credential:
            self._counters.frames += 1
            self._trouble = ("", 0)
            seen = Seen(answer.credential, self._clock.monotonic_ns(), self._clock.now())
            with self._changed:
                self._seen.append(seen)
                self._changed.notify_all()
            return
        if answer.garbage is not None:
            self._counters.garbage += 1
            self._counters.garbage_by_reason[answer.garbage.value] += 1
        self._note(answer.error, answer.text)

    def _transmit(self, card: Card, command: bytes) -> bytes:
        with self._calling(f"the card's answer to {command[:2].hex().upper()}"):
            answer = card.transmit(command)
        if log.isEnabledFor(TRAFFIC):
            sent, came = command.hex().upper(), answer.hex().upper()
            log.log(TRAFFIC, "%s > %s < %s", self._id, sent, came)
        return answer

    def _note(self, error: str, text: str) -> None:
        if error:
            self._counters.errors[error] += 1
        self._begin_trouble(text)

    def _begin_trouble(self, text: str) -> None:
        """The newest words, since the first of them."""
        since_ns = self._trouble[1] or self._clock.monotonic_ns()
        self._trouble = (text, since_ns)

    def _show_without_card(self) -> None:
        """Most drivers refuse it; a card is mostly still there when the decision is."""
        for command in self._plan.lights.due(self.name, card=False):
            try:
                with self._calling("the lights"):
                    answer = self._service.escape(self.name, command)
            except CardError as error:
                answer = b""
                log.debug("%s: lights without a card: %s", self._id, error)
            self._plan.lights.take(answer)

    def _pause(self, seconds: float) -> None:
        """Until the next turn, or until there is something to show."""
        with self._changed:
            self._changed.wait_for(lambda: self._stopping or self._plan.lights.waiting, seconds)

    def _drop_card(self) -> None:
        card, self._card = self._card, None
        if card is not None:
            with self._calling("the card to be left"):
                card.close()

    @contextmanager
    def _calling(self, what: str) -> Iterator[None]:
        """Marks a call of the service, so that others see how long it takes."""
        self._call = (what, self._clock.monotonic_ns())
        try:
            yield
        finally:
            self._call = ("", 0)
