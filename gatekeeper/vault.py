"""Personal numbers kept so that a stolen database does not tell them.

Two things are done with a number (national ID, passport, the secret of one-time codes): a keyed
fingerprint, by which the same number is found again, and a seal, which only this installation's
key opens. The key is DATA/personal.key, made at first use, readable by its owner; without it,
sealed numbers are lost, so a backup holds it. No database, no page here.

AES-256-GCM with a random 96-bit nonce (NIST SP 800-38D); HMAC-SHA256 for fingerprints; one
key for each is derived by HKDF-SHA256 (RFC 5869).
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import os
import re
import secrets
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from gatekeeper.errors import ConfigError, VaultError

__all__ = ["KEY_FILE", "Vault", "tail"]

KEY_FILE = "personal.key"
KEY_BYTES = 32
TAIL = 4
"""Last digits of a number that stay readable, so that people can tell two documents apart."""

_NONCE_BYTES = 12
_NOT_A_SIGN = re.compile("[^0-9A-Zก-ฮ]")
_TO_ARABIC = str.maketrans("๐๑๒๓๔๕๖๗๘๙", "0123456789")


class Vault:
    """Fingerprints and seals under one key. Thread-safe; keeps nothing but the key."""

    def __init__(self, key: bytes) -> None:
        """`key`: 32 random bytes."""
        self._mac_key = _derived(key, b"fingerprint")
        self._cipher = AESGCM(_derived(key, b"seal"))

    @classmethod
    def of(cls, data: Path) -> Vault:
        """The vault of a data directory; its key is made where there is none.

        Raises ConfigError where the key cannot be read or made, or is not 32 bytes.
        """
        return cls(_load_key(data / KEY_FILE))

    def fingerprint(self, kind: str, number: str) -> str:
        """64 hexadecimal digits, the same for the same `kind` and number however it is written."""
        text = f"{kind}\0{_plain(number)}".encode()
        return hmac.new(self._mac_key, text, hashlib.sha256).hexdigest()

    def seal(self, text: str, purpose: str) -> bytes:
        """`text` so that only `unseal` with the same `purpose` reads it."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, text.encode(), purpose.encode())

    def unseal(self, sealed: bytes, purpose: str) -> str:
        """What was sealed. Raises VaultError for another key, another purpose, or damage."""
        try:
            plain = self._cipher.decrypt(
                sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], purpose.encode()
            )
        except (InvalidTag, ValueError) as error:
            raise VaultError(
                f"a sealed {purpose} cannot be opened: {KEY_FILE} is not the key it was sealed with"
            ) from error
        return plain.decode()


def tail(number: str) -> str:
    """The last four signs of a number, as shown instead of the whole."""
    return _plain(number)[-TAIL:]


def _plain(number: str) -> str:
    """Digits, capital letters, Thai consonants: `1-1037-02071-81-1` and `๑๑๐๓๗…` are the same."""
    return _NOT_A_SIGN.sub("", number.translate(_TO_ARABIC).upper())


def _derived(key: bytes, purpose: bytes) -> bytes:
    return HKDF(SHA256(), KEY_BYTES, salt=None, info=b"gatekeeper " + purpose).derive(key)


def _load_key(path: Path) -> bytes:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            key = path.read_bytes()
        except FileNotFoundError:
            key = _make_key(path)
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from error
    if len(key) != KEY_BYTES:
        raise ConfigError(
            f"{path}: {len(key)} bytes seen, {KEY_BYTES} are due; put the right file back: "
            "another key cannot open what this one sealed"
        )
    return key


def _make_key(path: Path) -> bytes:
    """A new key, whole under its name or not there at all; the first of two makers wins."""
    draft = path.with_name(f".{path.name}-{secrets.token_hex(4)}")
    fd = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(fd, "wb") as file:
            file.write(secrets.token_bytes(KEY_BYTES))
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
        return path.read_bytes()
    finally:
        draft.unlink()
