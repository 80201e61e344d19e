"""One-time codes at sign-in (RFC 6238, 30 s, six digits): enrolment, check, recovery codes.

A code is good in its time step, the one before and the one after, and never twice. Recovery
codes are for a lost phone: shown once, kept as hashes, each good once. How many tries somebody
has is the caller's affair. The only `import pyotp`; the picture of a code is drawn here, too.
"""

from __future__ import annotations

import hashlib
import hmac
import io
import re
import secrets
from dataclasses import dataclass, replace

import pyotp
import segno

from gatekeeper.db import user_admin
from gatekeeper.db.audit import record_act
from gatekeeper.db.engine import Session
from gatekeeper.db.user_admin import SecondFactor
from gatekeeper.db.users import Account
from gatekeeper.vault import Vault

__all__ = [
    "STEP_S",
    "Enrolment",
    "begin",
    "check",
    "confirm",
    "draft",
    "enrolment",
    "enrolment_of",
    "new_recovery",
    "picture",
    "step_of",
]

STEP_S = 30
RECOVERY_CODES = 10
PURPOSE = "totp"
"""What the vault seals the secret for."""

_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""Without I, O, 0, 1, which are taken for each other on paper."""


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What the owner's device is given. Secret: shown to the owner, never logged."""

    secret: str
    """Base32, to be typed where nothing can be scanned."""
    uri: str
    """`otpauth://…`, to be scanned."""


def begin(session: Session, account: Account, vault: Vault) -> None:
    """Make a secret for the account, unless one waits for its first code already."""
    known = user_admin.second_factor(session, account.id, lock=True)
    if known.confirmed or known.sealed is not None:
        return
    user_admin.set_second_factor(session, account.id, replace(known, sealed=draft(vault)))


def draft(vault: Vault) -> bytes:
    """A new secret, sealed; it is nobody's yet."""
    return vault.seal(pyotp.random_base32(), PURPOSE)


def enrolment(session: Session, account: Account, vault: Vault, site: str) -> Enrolment | None:
    """What is to be put into the device; None: nothing waits for it. Raises VaultError."""
    known = user_admin.second_factor(session, account.id)
    if known.confirmed or known.sealed is None:
        return None
    return enrolment_of(vault, known.sealed, account, site)


def enrolment_of(vault: Vault, sealed: bytes, account: Account, site: str) -> Enrolment:
    """What is to be put into the device of a sealed secret. Raises VaultError."""
    secret = vault.unseal(sealed, PURPOSE)
    return Enrolment(
        secret, pyotp.TOTP(secret).provisioning_uri(name=account.name, issuer_name=site)
    )


def confirm(
    session: Session, account: Account, vault: Vault, code: str, now: float
) -> list[str] | None:
    """Take the first code of the device: from now on codes are asked for.

    Gives the recovery codes, to be shown this once; None: the code is wrong.
    """
    known = user_admin.second_factor(session, account.id, lock=True)
    if known.confirmed or known.sealed is None:
        return None
    step = step_of(vault, known.sealed, code, now, known.last)
    if step is None:
        return None
    codes, hashes = new_recovery()
    enrolled = SecondFactor(known.sealed, True, step, hashes)
    user_admin.set_second_factor(session, account.id, enrolled)
    record_act(session, account.name, "user.totp_enrol", f"user:{account.name}")
    return codes


def check(session: Session, account: Account, vault: Vault, code: str, now: float) -> bool:
    """Whether `code` is a code of the device, or a recovery code; it is used up by this."""
    known = user_admin.second_factor(session, account.id, lock=True)
    if not known.confirmed or known.sealed is None:
        return False
    step = step_of(vault, known.sealed, code, now, known.last)
    if step is not None:
        user_admin.set_second_factor(session, account.id, replace(known, last=step))
        return True
    digest = _hash(code)
    left = tuple(each for each in known.recovery if not hmac.compare_digest(each, digest))
    if len(left) == len(known.recovery):
        return False
    user_admin.set_second_factor(session, account.id, replace(known, recovery=left))
    record_act(
        session,
        account.name,
        "user.recovery_code",
        f"user:{account.name}",
        after={"left": len(left)},
    )
    return True


def picture(uri: str) -> bytes:
    """`uri` as a QR code, an SVG file (ISO/IEC 18004, error correction M)."""
    made = io.BytesIO()
    segno.make(uri, error="m", micro=False).save(made, kind="svg", scale=6, border=4, light="#fff")
    return made.getvalue()


def new_recovery() -> tuple[list[str], tuple[str, ...]]:
    """Recovery codes, to be shown once, and their hashes, to be kept."""
    codes = [_recovery_code() for _ in range(RECOVERY_CODES)]
    return codes, tuple(_hash(each) for each in codes)


def step_of(vault: Vault, sealed: bytes, code: str, now: float, last: int = 0) -> int | None:
    """The time step that `code` belongs to, if it is near `now` and later than `last`.

    Raises VaultError.
    """
    secret = vault.unseal(sealed, PURPOSE)
    digits = re.sub(r"\s", "", code).translate(_TO_ARABIC)
    totp, current, found = pyotp.TOTP(secret), int(now // STEP_S), None
    for step in (current - 1, current, current + 1):
        fits = hmac.compare_digest(totp.generate_otp(step).encode(), digits.encode())
        if fits and step > last:
            found = step
    return found


_TO_ARABIC = str.maketrans("๐๑๒๓๔๕๖๗๘๙", "0123456789")


def _recovery_code() -> str:
    """Ten signs, fifty bits, in two groups."""
    signs = "".join(secrets.choice(_ALPHABET) for _ in range(10))
    return f"{signs[:5]}-{signs[5:]}"


def _hash(code: str) -> str:
    plain = re.sub(r"[^A-Z0-9]", "", code.upper())
    return hashlib.sha256(plain.encode()).hexdigest()
