"""Where an OSDP reader's key (SCBK) comes from, and which keys are refused.

A key never appears in a message, whatever is wrong with it.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Mapping
from pathlib import Path

from gatekeeper.errors import ConfigError
from gatekeeper.readers.codecs.options import OptionValue

__all__ = ["KEY_BYTES", "KEY_OPTIONS", "find_key", "make_key"]

KEY_BYTES = 16
KEY_OPTIONS = ("key", "key_file", "key_env")
_SCBK_D = bytes(range(0x30, 0x40))
"""The default key that the standard publishes: whoever reads this line has it."""
_FOREIGN = stat.S_IRWXG | stat.S_IRWXO
_REMEDY = (
    "32 hexadecimal digits of the reader's own key are due: option key_file (a file), key_env "
    "(an environment variable) or key; `openssl rand -hex 16` makes one"
)


def find_key(chosen: Mapping[str, OptionValue], *, install: bool) -> bytes | None:
    """The key that the options name; None where install mode goes without one, or has yet to
    make its file.

    Raises ConfigError with the remedy where there is none, more than one, or a bad one.
    """
    named = [name for name in KEY_OPTIONS if name in chosen]
    if len(named) > 1:
        raise ConfigError(f"options {' and '.join(named)} seen; one of them is due")
    if not named:
        if install:
            return None
        raise ConfigError(f"no key seen; {_REMEDY}")
    value = str(chosen[named[0]])
    if named[0] == "key_file":
        return None if install and not Path(value).exists() else _from_file(Path(value))
    if named[0] == "key_env":
        found = os.environ.get(value)
        if found is None:
            raise ConfigError(f"no environment variable {value} seen; {_REMEDY}")
        return _parse(f"environment variable {value}", found)
    return _parse("option key", value)


def make_key(path: Path) -> None:
    """Write a new key to `path`, for its owner only; on disk before the reader is given it.

    Raises ConfigError where it cannot; then there is no file.
    """
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "w", encoding="ascii") as file:
                file.write(os.urandom(KEY_BYTES).hex().upper() + "\n")
                file.flush()
                os.fsync(file.fileno())
        except OSError:
            path.unlink()
            raise
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror} seen; a file to write is due") from error


def _from_file(path: Path) -> bytes:
    try:
        with path.open(encoding="ascii") as file:
            mode = os.fstat(file.fileno()).st_mode
            text = file.read()
    except FileNotFoundError as error:
        raise ConfigError(f"{path}: no such file seen; {_REMEDY}") from error
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror} seen; {_REMEDY}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: bytes that are no text seen; {_REMEDY}") from error
    if stat.S_IMODE(mode) & _FOREIGN:
        raise ConfigError(
            f"{path}: mode {stat.S_IMODE(mode):04o} seen, open to other accounts; a file for its "
            f"owner alone is due: chmod 600 {path}"
        )
    return _parse(str(path), text)


def _parse(where: str, text: str) -> bytes:
    digits = re.sub(r"[\s:\-]", "", text)
    if not re.fullmatch(r"[0-9A-Fa-f]{32}", digits):
        raise ConfigError(f"{where}: {len(digits)} characters seen; {_REMEDY}")
    key = bytes.fromhex(digits)
    if key == _SCBK_D or len(set(key)) == 1:
        raise ConfigError(f"{where}: a key that everybody knows seen; {_REMEDY}")
    return key
