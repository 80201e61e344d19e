"""Logs: one line an event on stderr, with no card number and no name in it.

Every module logs through the standard `logging`; structlog renders. The redactor sees the
finished line, tracebacks included, so that nothing has to remember to mask: credentials and
long numbers keep their last four characters, holders and Thai text (in this product names
and what belongs to them) vanish. Wire bytes are logged below DEBUG, at level `WIRE`.
"""

from __future__ import annotations

import logging
import os
import re
import sys
from typing import Any

__all__ = ["WIRE", "configure", "redact"]

WIRE = 5
"""Level of the bytes on a reader's line."""

_CREDENTIAL = re.compile(r"\b(em4100|uid|epc|w26|w34|w37|qr):[^\s'\",)\]}]+", re.IGNORECASE)
_NUMBER = re.compile(r"(?<![\w-])[0-9A-Fa-f]{8,}(?![\w-])")
_HOLDER = re.compile(r"\bHolder\([^)]*\)?")
_THAI = re.compile(r"[\u0e00-\u0e7f](?:[\u0e00-\u0e7f\s.]*[\u0e00-\u0e7f])?")
_NAMED = re.compile(
    r"\b((?:display_|first_|last_|full_)?name(?:_latin)?|holder|guest|person|position|organisation"
    r"|password|token|secret)(=|\"\s*:\s*)"
    r"('(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|[^\s,)]+)"
)
_KEEP = 4


def redact(line: str) -> str:
    """`line` without card numbers and names."""
    line = _HOLDER.sub("Holder(…)", line)
    line = _NAMED.sub(_without_value, line)
    line = _CREDENTIAL.sub(lambda match: f"{match[1]}:…{match[0][-_KEEP:]}", line)
    line = _NUMBER.sub(lambda match: f"…{match[0][-_KEEP:]}", line)
    return _THAI.sub("…", line)


def _without_value(match: re.Match[str]) -> str:
    quote = match[3][0] if match[3][0] in "'\"" else ""
    return f"{match[1]}{match[2]}{quote}…{quote}"


def configure(process: str, *, level: str | None = None) -> None:
    """Send the logs of this process to stderr. `level` outranks $GATEKEEPER_LOG, then INFO.

    $GATEKEEPER_LOG_FORMAT=json gives JSON lines instead of text.
    """
    import structlog  # not at the top: rooms that only log must not wait for it

    def render(_: Any, __: str, event: Any) -> Any:
        event["process"] = process
        return renderer(_, __, event)

    as_json = os.environ.get("GATEKEEPER_LOG_FORMAT") == "json"
    renderer: Any = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if as_json
        else structlog.dev.ConsoleRenderer(colors=False, pad_event_to=0, pad_level=False)
    )
    shared: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
    ]
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, render],
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Redacting(formatter))
    logging.addLevelName(WIRE, "WIRE")
    logging.basicConfig(handlers=[handler], level=_level(level), force=True)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def _level(level: str | None) -> int:
    named = (level or os.environ.get("GATEKEEPER_LOG") or "INFO").upper()
    return {"WIRE": WIRE, **logging.getLevelNamesMapping()}.get(named, logging.INFO)


class _Redacting(logging.Formatter):
    """The last hand on a line."""

    def __init__(self, inner: logging.Formatter) -> None:
        super().__init__()
        self._inner = inner

    def format(self, record: logging.LogRecord) -> str:
        return redact(self._inner.format(record))
