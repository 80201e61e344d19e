"""Administration: accounts, tokens, approvals, and the record of acts.

Parse, call gatekeeper.office.accounts and approvals, answer; each module brings its routes.
"""

from gatekeeper.web.desks.control import approvals, audit, tokens, users
from gatekeeper.web.desks.control.base import control

__all__ = ["approvals", "audit", "control", "tokens", "users"]
