"""What people change of their own account: password, device for codes, recovery codes.

Each asks anew for the password and, where codes are set up, for one: a screen that was left open
is not enough. All of them end every session of the account; who calls signs this person in again.
"""

from __future__ import annotations

from dataclasses import replace

from gatekeeper.db import user_admin, users
from gatekeeper.db.audit import record_act
from gatekeeper.db.engine import Session
from gatekeeper.db.users import Account
from gatekeeper.errors import UserError
from gatekeeper.office import second_factor
from gatekeeper.vault import Vault

__all__ = ["change_password", "end_all", "is_owner", "renew_recovery", "replace_device"]


def is_owner(session: Session, account: Account, vault: Vault, password: str, code: str,
             now: float) -> bool:  # fmt: skip
    """Whether these are the account's password and, where it has a device, a code of it.

    The code is used up only where the password is right.
    """
    if users.authenticate(session, account.name, password) is None:
        return False
    return not account.totp or second_factor.check(session, account, vault, code, now)


def change_password(session: Session, account: Account, old: str, new: str, again: str) -> Account:
    """Another password. Raises UserError naming `old`, `new` or `again`."""
    if users.authenticate(session, account.name, old) is None:
        raise UserError("the present password is another one", "รหัสผ่านปัจจุบันไม่ถูกต้อง", field="old")
    if new != again:
        raise UserError("the two do not match", "รหัสผ่านสองช่องไม่ตรงกัน", field="again")
    if new == old:
        raise UserError(
            "that is the present password", "รหัสผ่านใหม่ต้องไม่ซ้ำกับรหัสผ่านปัจจุบัน", field="new"
        )
    try:
        return users.set_password(session, account.name, new, account.name)
    except UserError as error:
        raise UserError(str(error), error.th, field="new") from error


def replace_device(
    session: Session, account: Account, vault: Vault, sealed: bytes, code: str, now: float
) -> tuple[Account, list[str]] | None:
    """Take `sealed` (second_factor.draft) as the secret from now on; None: the code is not of it.

    Gives the account as it is now and new recovery codes; the old device and codes are void.
    """
    step = second_factor.step_of(vault, sealed, code, now)
    if step is None:
        return None
    codes, hashes = second_factor.new_recovery()
    stored = user_admin.SecondFactor(sealed, True, step, hashes)
    user_admin.second_factor(session, account.id, lock=True)
    user_admin.set_second_factor(session, account.id, stored)
    act = "user.totp_replace" if account.totp else "user.totp_enrol"
    record_act(session, account.name, act, f"user:{account.name}")
    return end_all(session, account), codes


def renew_recovery(session: Session, account: Account) -> tuple[Account, list[str]]:
    """New recovery codes; the old ones are void. Raises UserError without a device."""
    known = user_admin.second_factor(session, account.id, lock=True)
    if not known.confirmed:
        raise UserError("no device is set up", "ยังไม่ได้ตั้งค่ารหัสใช้ครั้งเดียว")
    codes, hashes = second_factor.new_recovery()
    user_admin.set_second_factor(session, account.id, replace(known, recovery=hashes))
    record_act(session, account.name, "user.recovery_renew", f"user:{account.name}")
    return end_all(session, account), codes


def end_all(session: Session, account: Account) -> Account:
    """End every session of the account."""
    return user_admin.end_sessions(session, account.name)
