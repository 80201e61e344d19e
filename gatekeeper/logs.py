"""Logs: one line an event on stderr, with no card number and no name in it.

Every module logs through the standard `logging`; structlog renders. The redactor sees the
finished line, tracebacks included, so that nothing has to remember to mask: credentials and
long numbers keep their last four characters, holders and Thai text (in this product names
and what belongs to them) vanish. Wire bytes are logged below DEBUG, at level `WIRE`.
"""

from __future__ import annotations

import atexit
import contextlib
import logging
import os
import queue
import re
import sys
import threading
from typing import Any

__all__ = ["WIRE", "configure", "redact"]

WIRE = 5
"""Level of the bytes on a reader's line."""

_CREDENTIAL = re.compile(r"\b(em4100|uid|epc|w26|w34|w37|qr):[^\s'\",)\]}]+", re.IGNORECASE)
_NUMBER = re.compile(r"(?<![\w-])[0-9A-Fa-f]{8,}(?![\w-])")
_PRINTED = re.compile(r"(?<![\w.,:-])[0-2]\d\d,[0-6]\d{4}(?!\w|[.,]\d)")
"""A card's print, `100,19382`: facility to 255, number to 65535. Thousands have three digits."""
_HOLDER = re.compile(r"\bHolder\([^)]*\)?")
_THAI = re.compile(r"[\u0e00-\u0e7f](?:[\u0e00-\u0e7f\s.]*[\u0e00-\u0e7f])?")
_NAMED = re.compile(
    r"\b((?:display_|first_|last_|full_)?name(?:_latin)?|holder|guest|person|position|organisation"
    r"|password|token|secret)(=|\"\s*:\s*)"
    r"('(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|[^\s,)]+)"
)
_KEEP = 4

CHATTY = ("alembic",)
"""Libraries whose INFO is of no use to whoever runs this program."""

QUEUED = 10_000
"""Lines that may wait for a stderr that does not drain."""
DRAIN_S = 2.0
"""What the end of a process waits for its last lines."""


def redact(line: str) -> str:
    """`line` without card numbers and names."""
    line = _HOLDER.sub("Holder(…)", line)
    line = _NAMED.sub(_without_value, line)
    line = _CREDENTIAL.sub(lambda match: f"{match[1]}:…{match[0][-_KEEP:]}", line)
    line = _PRINTED.sub(lambda match: f"…{match[0][-_KEEP:]}", line)
    line = _NUMBER.sub(lambda match: f"…{match[0][-_KEEP:]}", line)
    return _THAI.sub("…", line)


def _without_value(match: re.Match[str]) -> str:
    quote = match[3][0] if match[3][0] in "'\"" else ""
    return f"{match[1]}{match[2]}{quote}…{quote}"


def configure(process: str, *, level: str | None = None, apart: bool = False) -> None:
    """Send the logs of this process to stderr. `level` outranks $GATEKEEPER_LOG, then INFO.

    $GATEKEEPER_LOG_FORMAT=json gives JSON lines instead of text. `apart` renders and writes
    in a thread of its own: a stderr that does not drain then never holds up who logs; what
    does not fit its queue is lost. It does not survive a fork.
    """
    handler: logging.Handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Redacting(process))
    if apart:
        handler = _Apart(handler)
    logging.addLevelName(WIRE, "WIRE")
    logging.basicConfig(handlers=[handler], level=_level(level), force=True)
    for chatty in CHATTY:
        logging.getLogger(chatty).setLevel(max(logging.WARNING, _level(level)))
    sys.excepthook = _log_defect


def _log_defect(kind: type[BaseException], error: BaseException, trace: Any) -> None:
    """The end of a process by a defect is logged like everything else, redacted."""
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
    else:
        logging.getLogger("gatekeeper").critical("defect", exc_info=(kind, error, trace))


def _structlog(process: str) -> logging.Formatter:
    """What renders: structlog, for its own loggers and the standard ones alike."""
    import structlog  # 0.2 s, which a starting node has not: imported at the first line

    def render(logger: Any, method: str, event: Any) -> Any:
        event["process"] = process
        return renderer(logger, method, event)

    as_json = os.environ.get("GATEKEEPER_LOG_FORMAT") == "json"
    renderer: Any = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if as_json
        else structlog.dev.ConsoleRenderer(colors=False, pad_event_to=0, pad_level=False)
    )
    shared: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
    ]
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, render],
    )


def _level(level: str | None) -> int:
    named = (level or os.environ.get("GATEKEEPER_LOG") or "INFO").upper()
    return {"WIRE": WIRE, **logging.getLevelNamesMapping()}.get(named, logging.INFO)


class _Redacting(logging.Formatter):
    """The last hand on a line."""

    def __init__(self, process: str) -> None:
        super().__init__()
        self._process = process
        self._inner: logging.Formatter | None = None

    def format(self, record: logging.LogRecord) -> str:
        if self._inner is None:
            self._inner = _structlog(self._process)
        return redact(self._inner.format(record))


class _Apart(logging.Handler):
    """Hands records to a thread; never waits for it."""

    def __init__(self, writer: logging.Handler) -> None:
        super().__init__()
        self._writer = writer
        self._queue: queue.Queue[logging.LogRecord | None] = queue.Queue(QUEUED)
        self._thread = threading.Thread(target=self._write, name="log", daemon=True)
        self._thread.start()
        atexit.register(self.close)

    def emit(self, record: logging.LogRecord) -> None:
        with contextlib.suppress(queue.Full):
            self._queue.put_nowait(record)

    def _write(self) -> None:
        while (record := self._queue.get()) is not None:
            self._writer.handle(record)

    def close(self) -> None:
        """Write what waits, but not for ever; twice is once."""
        atexit.unregister(self.close)
        with contextlib.suppress(queue.Full):
            self._queue.put(None, timeout=DRAIN_S)
            self._thread.join(DRAIN_S)
        super().close()
