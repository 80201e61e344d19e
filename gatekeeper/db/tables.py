"""The tables of the main database, typed. No query, no rule: those are in the modules by noun.

Times are UTC seconds since the epoch (double); enumerations are stored as the text of
gatekeeper.kinds. A change of a table needs a migration in migrations/versions; a test compares
the two. Everybody imports tables from here, so that all of them are always known.
"""

from __future__ import annotations

from gatekeeper.db.base import Base
from gatekeeper.db.tables_control import (
    Acknowledgement,
    Approval,
    Audit,
    EndedSession,
    ErasureRun,
    OpenSession,
    Setting,
    Token,
    User,
    WatchEntry,
    WatchHit,
)
from gatekeeper.db.tables_events import (
    Event,
    Invitation,
)
from gatekeeper.db.tables_passes import (
    BulkAct,
    BulkItem,
    Credential,
    PassAct,
    PassClass,
    PassRow,
    PrintJob,
)
from gatekeeper.db.tables_people import (
    Organisation,
    Person,
    Vehicle,
)
from gatekeeper.db.tables_record import (
    Arrival,
    Change,
    ChangeCounter,
    Gate,
    ProjectionEntry,
    ProjectionState,
)
from gatekeeper.db.tables_requests import (
    Application,
    ApplicationDraft,
    ApplicationFile,
    ApplicationMember,
    ApplicationNote,
    Mail,
)
from gatekeeper.db.tables_visits import (
    Visit,
    VisitorCard,
)

__all__ = [
    "Acknowledgement",
    "Application",
    "ApplicationDraft",
    "ApplicationFile",
    "ApplicationMember",
    "ApplicationNote",
    "Approval",
    "Arrival",
    "Audit",
    "Base",
    "BulkAct",
    "BulkItem",
    "Change",
    "ChangeCounter",
    "Credential",
    "EndedSession",
    "ErasureRun",
    "Event",
    "Gate",
    "Invitation",
    "Mail",
    "OpenSession",
    "Organisation",
    "PassAct",
    "PassClass",
    "PassRow",
    "Person",
    "PrintJob",
    "ProjectionEntry",
    "ProjectionState",
    "Setting",
    "Token",
    "User",
    "Vehicle",
    "Visit",
    "VisitorCard",
    "WatchEntry",
    "WatchHit",
]
