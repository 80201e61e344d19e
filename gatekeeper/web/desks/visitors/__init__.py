"""The visitor desk's pages: exchange and return, who is out, who is expected, cards, the record.

One blueprint; its routes are in the modules beside this one (`routes` brings them together).
"""

from __future__ import annotations

from flask import Blueprint

__all__ = ["visitors"]

visitors = Blueprint("visitors", __name__)
