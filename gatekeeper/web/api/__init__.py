"""The HTTP API for devices and programs, below /api/v1: bearer tokens, JSON, problem+json.

Every route describes itself with `describe`; the OpenAPI document is made from that.
"""

from __future__ import annotations

from flask import Blueprint

__all__ = ["api"]

api = Blueprint("api", __name__, url_prefix="/api/v1")
