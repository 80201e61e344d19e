"""The closed choices of the pass office: why a record is kept, how a visit or a request stands.

Values stand in the main database and the API: renaming one needs a migration. What gates need is
in gatekeeper.kinds. What each is called on a screen is the web's affair.
"""

from __future__ import annotations

from enum import StrEnum


class Purpose(StrEnum):
    """Why a person's record is kept (PDPA, section 23); retention goes by it."""

    EVENT = "event"
    """Invited to a reception."""
    STAFF = "staff"
    """Works here: officials, politicians, contractors, interns."""
    VISITOR = "visitor"
    PRESS = "press"
    VEHICLE = "vehicle"
    """Answers for a vehicle and has no other reason to be known."""


class Employment(StrEnum):
    """How somebody is employed; classes of staff passes go by it."""

    OFFICIAL = "official"
    GOVERNMENT_EMPLOYEE = "government_employee"
    PERMANENT_EMPLOYEE = "permanent_employee"
    TEMPORARY_EMPLOYEE = "temporary_employee"
    POLITICAL = "political"
    CONTRACTOR = "contractor"
    INTERN = "intern"
    PRESS = "press"
    OTHER = "other"


class DocumentKind(StrEnum):
    """What proves who somebody is."""

    NATIONAL_ID = "national_id"
    PASSPORT = "passport"
    DRIVING_LICENCE = "driving_licence"
    OFFICIAL_CARD = "official_card"
    """A government official's identity card."""


class ValidityRule(StrEnum):
    """How long a new pass of a class is valid."""

    DAYS = "days"
    """So many days, the last one whole."""
    FISCAL_YEAR = "fiscal_year"
    """Until 30 September, the end of the Thai fiscal year."""
    CALENDAR_YEAR = "calendar_year"
    SAME_DAY = "same_day"
    """Until midnight."""
    AS_REQUESTED = "as_requested"
    """As the request says, at most so many days."""
    OPEN_END = "open_end"
    """Until it is taken back: an office that ends with a government."""


class Act(StrEnum):
    """What can be done with a pass; which act is allowed when is gatekeeper.office.life_cycle."""

    REQUEST = "request"
    CHECK = "check"
    APPROVE = "approve"
    REFUSE = "refuse"
    MAKE = "make"
    """The badge is made; printing alone is none of this."""
    HAND_OVER = "hand_over"
    ACTIVATE = "activate"
    SUSPEND = "suspend"
    RESUME = "resume"
    REPORT_LOST = "report_lost"
    REVOKE = "revoke"
    TAKE_BACK = "return"
    EXPIRE = "expire"
    RENEW = "renew"
    REISSUE = "reissue"
    """A new card in the place of this one: the next issue of the same pass."""
    LEND = "lend"
    """A visitor's pass: lent at once, without check and approval."""
    BIND = "bind"
    """A tag was bound to it."""
    UNDO = "undo"
    """A bulk act was taken back."""
    TAKE_OVER = "take_over"
    """In force as another system had it: when an office begins here; nobody here checked it."""


class Renewal(StrEnum):
    """How the renewal of a pass stands while the pass itself goes on."""

    NONE = ""
    REQUESTED = "requested"
    CHECKED = "checked"


class VisitState(StrEnum):
    """How a visit stands."""

    EXPECTED = "expected"
    OPEN = "open"
    """A card is lent; whether its holder is inside the gates tell."""
    CLOSED = "closed"
    LOST = "lost"
    """The visitor went, the card did not come back."""
    CANCELLED = "cancelled"


class VisitPurpose(StrEnum):
    """Why somebody comes."""

    DELIVERY = "delivery"
    """Brings documents or goods."""
    MEETING = "meeting"
    CONTRACTOR = "contractor"
    APPOINTMENT = "appointment"
    PETITION = "petition"
    COURTESY_CALL = "courtesy_call"
    STUDY_VISIT = "study_visit"
    PRESS = "press"
    OTHER = "other"


class ApplicationState(StrEnum):
    """How a request from outside stands."""

    RECEIVED = "received"
    CHECKED = "checked"
    """An officer found it in order; another one approves."""
    ASKED = "asked"
    """Waits for an answer of the applicant."""
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class WatchKind(StrEnum):
    """What an entry of the watchlist names."""

    PERSON = "person"
    DOCUMENT = "document"
    PLATE = "plate"
    CREDENTIAL = "credential"
