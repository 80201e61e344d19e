"""The pass office: holders, classes and acts of passes, visits, requests, watchlist, audit"""

import json
from pathlib import Path

import sqlalchemy as sa
from alembic import op

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
BINARY_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

CLASSES = Path(__file__).with_name("0002_pass_classes.json")
"""The classes that an installation begins with; from then on they are its own."""


def upgrade() -> None:
    _new_tables()
    _new_columns()
    _marks()
    op.bulk_insert(
        sa.table("pass_class", *map(sa.column, _CLASS_COLUMNS), sa.column("zones", sa.JSON())),
        [
            {**row, "last_number": 0, "renewal_approval": True}
            for row in json.loads(CLASSES.read_text(encoding="utf-8"))
        ],
    )


_CLASS_COLUMNS = (
    "id", "name_th", "name_en", "kind", "holder", "prefix", "legal_basis", "purpose", "validity",
    "validity_days", "colour", "ink", "layout", "request_form", "employment",
    "keep_document", "retention_days", "active", "rank", "last_number", "renewal_approval",
)  # fmt: skip


def _add_reference(table: str, column: str, type_: sa.String | sa.BigInteger, target: str) -> None:
    """A column that names a row of another table; SQLite takes it in one statement only."""
    kind = type_.compile(dialect=op.get_bind().dialect)
    if op.get_bind().dialect.name == "sqlite" and isinstance(type_, sa.BigInteger):
        kind = "INTEGER"
    op.execute(
        f'ALTER TABLE "{table}" ADD COLUMN {column} {kind} '
        f"CONSTRAINT fk_{table}_{column}_{target} REFERENCES {target} (id)"
    )


def _marks() -> None:
    """Triggers that mark a person whose name or standing changed, whoever wrote it."""
    columns = "search, sort_key, merged_into, erased_at, purpose, organisation_id"
    if op.get_bind().dialect.name == "sqlite":
        for name, when in (("insert", "INSERT"), ("update", f"UPDATE OF {columns}")):
            mark = "SET mark = (SELECT max(mark) + 1 FROM person) WHERE id = NEW.id"
            op.execute(
                f"CREATE TRIGGER person_marked_{name} AFTER {when} ON person "
                f"BEGIN UPDATE person {mark}; END"
            )
        return
    op.execute(
        "CREATE FUNCTION person_marked() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "NEW.mark := pg_current_xact_id()::text::bigint; RETURN NEW; END $$"
    )
    op.execute(
        f"CREATE TRIGGER person_marked BEFORE INSERT OR UPDATE OF {columns} ON person "
        "FOR EACH ROW EXECUTE FUNCTION person_marked()"
    )


def _new_tables() -> None:  # noqa: PLR0915 (a list)
    op.create_table(
        "approval",
        sa.Column("id", BIG_ID, sa.Identity(always=False), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("requested_by", sa.Text(), nullable=False),
        sa.Column("requested_at", sa.Double(), nullable=False),
        sa.Column("expires_at", sa.Double(), nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.Double(), nullable=True),
        sa.Column("decision_reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approval")),
    )
    op.create_index(
        op.f("ix_approval_state_requested_at"), "approval", ["state", "requested_at"], unique=False
    )
    op.create_table(
        "bulk_act",
        sa.Column("id", BIG_ID, sa.Identity(always=False), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("act", sa.String(length=16), nullable=False),
        sa.Column("chosen", sa.JSON(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("undo_until", sa.Double(), nullable=False),
        sa.Column("undone_at", sa.Double(), nullable=True),
        sa.Column("undone_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bulk_act")),
    )
    op.create_table(
        "erasure_run",
        sa.Column("id", BIG_ID, sa.Identity(always=False), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasure_run")),
    )
    op.create_table(
        "pass_class",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("name_th", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("holder", sa.String(length=8), nullable=False),
        sa.Column("prefix", sa.String(length=4), nullable=False),
        sa.Column("last_number", sa.Integer(), nullable=False),
        sa.Column("legal_basis", sa.Text(), nullable=False),
        sa.Column("purpose", sa.String(length=16), nullable=False),
        sa.Column("validity", sa.String(length=16), nullable=False),
        sa.Column("validity_days", sa.Integer(), nullable=False),
        sa.Column("renewal_approval", sa.Boolean(), nullable=False),
        sa.Column("zones", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("colour", sa.String(length=7), nullable=False),
        sa.Column("ink", sa.String(length=7), nullable=False),
        sa.Column("layout", sa.String(length=24), nullable=False),
        sa.Column("request_form", sa.String(length=16), nullable=False),
        sa.Column("employment", sa.String(length=32), nullable=False),
        sa.Column("keep_document", sa.Boolean(), nullable=False),
        sa.Column("retention_days", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pass_class")),
        sa.UniqueConstraint("prefix", name=op.f("uq_pass_class_prefix")),
    )
    op.create_table(
        "setting",
        sa.Column("key", sa.String(length=63), nullable=False),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.Column("changed_at", sa.Double(), nullable=False),
        sa.Column("changed_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_setting")),
    )
    op.create_table(
        "visitor_card",
        sa.Column("number", sa.String(length=16), nullable=False),
        sa.Column("credential", BINARY_TEXT, nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_visitor_card")),
        sa.UniqueConstraint("credential", name=op.f("uq_visitor_card_credential")),
    )
    op.create_table(
        "watch_entry",
        sa.Column("id", BIG_ID, sa.Identity(always=False), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_latin", sa.Text(), nullable=False),
        sa.Column("name_key", BINARY_TEXT, nullable=False),
        sa.Column("document_hash", sa.String(length=64), nullable=True),
        sa.Column("document_tail", sa.String(length=8), nullable=False),
        sa.Column("plate", sa.Text(), nullable=False),
        sa.Column("plate_key", BINARY_TEXT, nullable=False),
        sa.Column("province", sa.Text(), nullable=False),
        sa.Column("credential", BINARY_TEXT, nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("instruction", sa.Text(), nullable=False),
        sa.Column("added_by", sa.Text(), nullable=False),
        sa.Column("added_at", sa.Double(), nullable=False),
        sa.Column("until_at", sa.Double(), nullable=True),
        sa.Column("removed_by", sa.Text(), nullable=False),
        sa.Column("removed_at", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_watch_entry")),
    )
    op.create_index(op.f("ix_watch_entry_credential"), "watch_entry", ["credential"], unique=False)
    op.create_index(
        op.f("ix_watch_entry_document_hash"), "watch_entry", ["document_hash"], unique=False
    )
    op.create_index(op.f("ix_watch_entry_name_key"), "watch_entry", ["name_key"], unique=False)
    op.create_index(op.f("ix_watch_entry_plate_key"), "watch_entry", ["plate_key"], unique=False)
    op.create_table(
        "application",
        sa.Column("id", BIG_ID, sa.Identity(always=False), nullable=False),
        sa.Column("reference", sa.String(length=16), nullable=False),
        sa.Column("secret_hash", sa.String(length=64), nullable=False),
        sa.Column("form", sa.String(length=16), nullable=False),
        sa.Column("class_id", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("contact_name", sa.Text(), nullable=False),
        sa.Column("contact_email", sa.Text(), nullable=False),
        sa.Column("contact_phone", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Double(), nullable=True),
        sa.Column("valid_until", sa.Double(), nullable=True),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("received_at", sa.Double(), nullable=False),
        sa.Column("changed_at", sa.Double(), nullable=False),
        sa.Column("decided_at", sa.Double(), nullable=True),
        sa.Column("checked_by", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("erased_at", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(
            ["class_id"], ["pass_class.id"], name=op.f("fk_application_class_id_pass_class")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_application")),
        sa.UniqueConstraint("reference", name=op.f("uq_application_reference")),
    )
    op.create_index(
        op.f("ix_application_state_received_at"),
        "application",
        ["state", "received_at"],
        unique=False,
    )
    op.create_table(
        "watch_hit",
        sa.Column("id", BIG_ID, sa.Identity(always=False), nullable=False),
        sa.Column("entry_id", BIG_ID, nullable=False),
        sa.Column("subject_kind", sa.String(length=16), nullable=False),
        sa.Column("subject_id", sa.Text(), nullable=False),
        sa.Column("match", sa.String(length=8), nullable=False),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.Double(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["watch_entry.id"], name=op.f("fk_watch_hit_entry_id_watch_entry")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_watch_hit")),
        sa.UniqueConstraint(
            "entry_id",
            "subject_kind",
            "subject_id",
            name=op.f("uq_watch_hit_entry_id_subject_kind_subject_id"),
        ),
    )
    op.create_index(
        op.f("ix_watch_hit_subject_kind_subject_id"),
        "watch_hit",
        ["subject_kind", "subject_id"],
        unique=False,
    )
    op.create_table(
        "application_file",
        sa.Column("id", BIG_ID, sa.Identity(always=False), nullable=False),
        sa.Column("application_id", BIG_ID, nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("media_type", sa.String(length=64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["application_id"],
            ["application.id"],
            name=op.f("fk_application_file_application_id_application"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_application_file")),
        sa.UniqueConstraint("key", name=op.f("uq_application_file_key")),
    )
    op.create_index(
        op.f("ix_application_file_application_id"),
        "application_file",
        ["application_id"],
        unique=False,
    )
    op.create_table(
        "application_member",
        sa.Column("id", BIG_ID, sa.Identity(always=False), nullable=False),
        sa.Column("application_id", BIG_ID, nullable=False),
        sa.Column("position_in_list", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("first_name", sa.Text(), nullable=False),
        sa.Column("last_name", sa.Text(), nullable=False),
        sa.Column("name_latin", sa.Text(), nullable=False),
        sa.Column("position", sa.Text(), nullable=False),
        sa.Column("document_kind", sa.String(length=16), nullable=False),
        sa.Column("document_hash", sa.String(length=64), nullable=True),
        sa.Column("document_tail", sa.String(length=8), nullable=False),
        sa.Column("document_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("photo", sa.Text(), nullable=False),
        sa.Column("plate", sa.Text(), nullable=False),
        sa.Column("province", sa.Text(), nullable=False),
        sa.Column("make", sa.Text(), nullable=False),
        sa.Column("colour", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["application_id"],
            ["application.id"],
            name=op.f("fk_application_member_application_id_application"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_application_member")),
    )
    op.create_index(
        op.f("ix_application_member_application_id"),
        "application_member",
        ["application_id"],
        unique=False,
    )
    op.create_table(
        "application_note",
        sa.Column("id", BIG_ID, sa.Identity(always=False), nullable=False),
        sa.Column("application_id", BIG_ID, nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["application_id"],
            ["application.id"],
            name=op.f("fk_application_note_application_id_application"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_application_note")),
    )
    op.create_index(
        op.f("ix_application_note_application_id"),
        "application_note",
        ["application_id"],
        unique=False,
    )
    op.create_table(
        "application_draft",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("changed_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_application_draft")),
    )
    op.create_index(
        op.f("ix_application_draft_changed_at"), "application_draft", ["changed_at"], unique=False
    )
    op.create_table(
        "mail",
        sa.Column("id", BIG_ID, sa.Identity(always=False), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("application_id", BIG_ID, nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("next_try_at", sa.Double(), nullable=False),
        sa.Column("sent_at", sa.Double(), nullable=True),
        sa.Column("given_up_at", sa.Double(), nullable=True),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["application_id"], ["application.id"], name=op.f("fk_mail_application_id_application")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail")),
    )
    op.create_index(op.f("ix_mail_application_id"), "mail", ["application_id"], unique=False)
    op.create_index(
        op.f("ix_mail_sent_at_next_try_at"), "mail", ["sent_at", "next_try_at"], unique=False
    )
    op.create_table(
        "vehicle",
        sa.Column("id", BIG_ID, sa.Identity(always=False), nullable=False),
        sa.Column("plate", sa.Text(), nullable=False),
        sa.Column("plate_key", BINARY_TEXT, nullable=False),
        sa.Column("province", sa.Text(), nullable=False),
        sa.Column("make", sa.Text(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("colour", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("person_id", BIG_ID, nullable=True),
        sa.Column("organisation_id", BIG_ID, nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("changed_at", sa.Double(), nullable=False),
        sa.Column("merged_into", BIG_ID, nullable=True),
        sa.Column("erased_at", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(
            ["merged_into"], ["vehicle.id"], name=op.f("fk_vehicle_merged_into_vehicle")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_vehicle_organisation_id_organisation"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_vehicle_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vehicle")),
    )
    op.create_index(
        op.f("ix_vehicle_organisation_id"), "vehicle", ["organisation_id"], unique=False
    )
    op.create_index(op.f("ix_vehicle_person_id"), "vehicle", ["person_id"], unique=False)
    op.create_index(
        op.f("ix_vehicle_plate_key_province"), "vehicle", ["plate_key", "province"], unique=False
    )
    op.create_index(
        "uq_vehicle_plate",
        "vehicle",
        ["plate_key", "province"],
        unique=True,
        sqlite_where=sa.text("merged_into IS NULL AND erased_at IS NULL"),
        postgresql_where=sa.text("merged_into IS NULL AND erased_at IS NULL"),
    )
    op.create_table(
        "bulk_item",
        sa.Column("bulk_id", BIG_ID, nullable=False),
        sa.Column("pass_id", sa.String(length=16), nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("after", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["bulk_id"], ["bulk_act.id"], name=op.f("fk_bulk_item_bulk_id_bulk_act")
        ),
        sa.ForeignKeyConstraint(["pass_id"], ["pass.id"], name=op.f("fk_bulk_item_pass_id_pass")),
        sa.PrimaryKeyConstraint("bulk_id", "pass_id", name=op.f("pk_bulk_item")),
    )
    op.create_table(
        "pass_act",
        sa.Column("id", BIG_ID, sa.Identity(always=False), nullable=False),
        sa.Column("pass_id", sa.String(length=16), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("act", sa.String(length=32), nullable=False),
        sa.Column("before", sa.String(length=16), nullable=False),
        sa.Column("after", sa.String(length=16), nullable=False),
        sa.Column("issue", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["pass_id"], ["pass.id"], name=op.f("fk_pass_act_pass_id_pass")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pass_act")),
    )
    op.create_index(op.f("ix_pass_act_pass_id_id"), "pass_act", ["pass_id", "id"], unique=False)
    op.create_table(
        "print_job",
        sa.Column("id", BIG_ID, sa.Identity(always=False), nullable=False),
        sa.Column("pass_id", sa.String(length=16), nullable=False),
        sa.Column("issue", sa.Integer(), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("layout", sa.String(length=24), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("batch", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["pass_id"], ["pass.id"], name=op.f("fk_print_job_pass_id_pass")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_print_job")),
    )
    op.create_index(op.f("ix_print_job_batch"), "print_job", ["batch"], unique=False)
    op.create_index(op.f("ix_print_job_pass_id"), "print_job", ["pass_id"], unique=False)
    op.create_table(
        "visit",
        sa.Column("id", BIG_ID, sa.Identity(always=False), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("person_id", BIG_ID, nullable=False),
        sa.Column("pass_id", sa.String(length=16), nullable=True),
        sa.Column("card_number", sa.String(length=16), nullable=True),
        sa.Column("leader_id", BIG_ID, nullable=True),
        sa.Column("purpose", sa.String(length=24), nullable=False),
        sa.Column("host_name", sa.Text(), nullable=False),
        sa.Column("host_unit", sa.Text(), nullable=False),
        sa.Column("host_phone", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("plate", sa.Text(), nullable=False),
        sa.Column("document_kind", sa.String(length=16), nullable=False),
        sa.Column("document_hash", sa.String(length=64), nullable=True),
        sa.Column("document_tail", sa.String(length=8), nullable=False),
        sa.Column("document_slot", sa.String(length=16), nullable=True),
        sa.Column("document_returned_at", sa.Double(), nullable=True),
        sa.Column("expected_at", sa.Double(), nullable=True),
        sa.Column("opened_at", sa.Double(), nullable=True),
        sa.Column("due_at", sa.Double(), nullable=True),
        sa.Column("closed_at", sa.Double(), nullable=True),
        sa.Column("called_at", sa.Double(), nullable=True),
        sa.Column("called_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("opened_by", sa.Text(), nullable=False),
        sa.Column("closed_by", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["card_number"], ["visitor_card.number"], name=op.f("fk_visit_card_number_visitor_card")
        ),
        sa.ForeignKeyConstraint(["leader_id"], ["visit.id"], name=op.f("fk_visit_leader_id_visit")),
        sa.ForeignKeyConstraint(["pass_id"], ["pass.id"], name=op.f("fk_visit_pass_id_pass")),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_visit_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visit")),
        sa.UniqueConstraint("pass_id", name=op.f("uq_visit_pass_id")),
    )
    op.create_index(op.f("ix_visit_card_number"), "visit", ["card_number"], unique=False)
    op.create_index(op.f("ix_visit_document_hash"), "visit", ["document_hash"], unique=False)
    op.create_index(op.f("ix_visit_leader_id"), "visit", ["leader_id"], unique=False)
    op.create_index(op.f("ix_visit_opened_at"), "visit", ["opened_at"], unique=False)
    op.create_index(op.f("ix_visit_person_id"), "visit", ["person_id"], unique=False)
    op.create_index(op.f("ix_visit_state_due_at"), "visit", ["state", "due_at"], unique=False)
    kept = "document_slot IS NOT NULL AND document_returned_at IS NULL"
    lent = "state = 'open' AND card_number IS NOT NULL"
    for name, column, where in (
        ("uq_visit_kept_slot", "document_slot", kept),
        ("uq_visit_open_card", "card_number", lent),
    ):
        op.create_index(
            name,
            "visit",
            [column],
            unique=True,
            sqlite_where=sa.text(where),
            postgresql_where=sa.text(where),
        )


def _new_columns() -> None:  # noqa: PLR0915 (a list)
    op.add_column("audit", sa.Column("key", sa.String(length=32), nullable=True))
    op.add_column("audit", sa.Column("origin", sa.Text(), nullable=False, server_default=""))
    op.add_column("audit", sa.Column("before", sa.JSON(none_as_null=True), nullable=True))
    op.add_column("audit", sa.Column("after", sa.JSON(none_as_null=True), nullable=True))
    op.add_column("audit", sa.Column("parts", sa.JSON(none_as_null=True), nullable=True))
    op.add_column(
        "audit", sa.Column("digest", sa.String(length=64), nullable=False, server_default="")
    )
    op.add_column("audit", sa.Column("journal_seq", sa.BigInteger(), nullable=True))
    op.create_index(op.f("ix_audit_journal_seq"), "audit", ["journal_seq"], unique=False)
    op.create_index(op.f("ix_audit_subject"), "audit", ["subject"], unique=False)
    op.create_index(op.f("ix_audit_key"), "audit", ["key"], unique=True)
    _add_reference("pass", "class_id", sa.String(length=32), "pass_class")
    _add_reference("pass", "vehicle_id", sa.BigInteger(), "vehicle")
    _add_reference("pass", "member_id", sa.BigInteger(), "application_member")
    _add_reference("application_member", "person_id", sa.BigInteger(), "person")
    _add_reference("application_member", "vehicle_id", sa.BigInteger(), "vehicle")
    op.add_column("pass", sa.Column("number", sa.String(length=32), nullable=True))
    op.add_column("pass", sa.Column("issue", sa.Integer(), nullable=False, server_default="1"))
    op.add_column(
        "pass", sa.Column("printed_issue", sa.Integer(), nullable=False, server_default="0")
    )
    op.add_column("pass", sa.Column("created_at", sa.Double(), nullable=False, server_default="0"))
    op.add_column("pass", sa.Column("changed_at", sa.Double(), nullable=False, server_default="0"))
    op.add_column("pass", sa.Column("requested_by", sa.Text(), nullable=False, server_default=""))
    op.add_column("pass", sa.Column("checked_by", sa.Text(), nullable=False, server_default=""))
    op.add_column("pass", sa.Column("approved_by", sa.Text(), nullable=False, server_default=""))
    op.add_column(
        "pass",
        sa.Column("renewal_state", sa.String(length=16), nullable=False, server_default=""),
    )
    op.add_column("pass", sa.Column("renewal_until", sa.Double(), nullable=True))
    op.add_column("pass", sa.Column("renewal_by", sa.Text(), nullable=False, server_default=""))
    op.add_column(
        "pass", sa.Column("renewal_checked_by", sa.Text(), nullable=False, server_default="")
    )
    op.create_index(op.f("ix_pass_renewal_state"), "pass", ["renewal_state"], unique=False)
    op.create_index(op.f("ix_pass_class_id"), "pass", ["class_id"], unique=False)
    op.create_index(op.f("ix_pass_member_id"), "pass", ["member_id"], unique=False)
    for column in ("person_id", "vehicle_id"):
        name = op.f(f"ix_application_member_{column}")
        op.create_index(name, "application_member", [column], unique=False)
    op.create_index(op.f("ix_pass_number"), "pass", ["number"], unique=True)
    op.create_index(op.f("ix_pass_state"), "pass", ["state"], unique=False)
    op.create_index(op.f("ix_pass_vehicle_id"), "pass", ["vehicle_id"], unique=False)
    op.add_column(
        "person", sa.Column("purpose", sa.String(length=16), nullable=False, server_default="event")
    )
    op.add_column(
        "person", sa.Column("employment", sa.String(length=32), nullable=False, server_default="")
    )
    op.add_column("person", sa.Column("email", sa.Text(), nullable=False, server_default=""))
    op.add_column("person", sa.Column("phone", sa.Text(), nullable=False, server_default=""))
    op.add_column(
        "person", sa.Column("vip", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.add_column(
        "person",
        sa.Column("document_kind", sa.String(length=16), nullable=False, server_default=""),
    )
    op.add_column("person", sa.Column("document_hash", sa.String(length=64), nullable=True))
    op.add_column(
        "person", sa.Column("document_tail", sa.String(length=8), nullable=False, server_default="")
    )
    op.add_column("person", sa.Column("document_sealed", sa.LargeBinary(), nullable=True))
    op.add_column(
        "person", sa.Column("created_at", sa.Double(), nullable=False, server_default="0")
    )
    op.add_column(
        "person", sa.Column("changed_at", sa.Double(), nullable=False, server_default="0")
    )
    op.add_column("person", sa.Column("mark", sa.BigInteger(), nullable=False, server_default="0"))
    op.create_index(op.f("ix_person_mark"), "person", ["mark"], unique=False)
    _add_reference("person", "merged_into", sa.BigInteger(), "person")
    op.add_column("person", sa.Column("erased_at", sa.Double(), nullable=True))
    op.create_index(op.f("ix_person_document_hash"), "person", ["document_hash"], unique=True)
    op.add_column(
        "user_account", sa.Column("display_name", sa.Text(), nullable=False, server_default="")
    )
    op.add_column("user_account", sa.Column("gates", sa.JSON(none_as_null=True), nullable=True))
    op.add_column("user_account", sa.Column("events", sa.JSON(none_as_null=True), nullable=True))
    op.add_column("user_account", sa.Column("totp_sealed", sa.LargeBinary(), nullable=True))
    op.add_column(
        "user_account",
        sa.Column("totp_confirmed", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    op.add_column(
        "user_account", sa.Column("totp_last", sa.BigInteger(), nullable=False, server_default="0")
    )
    op.add_column("user_account", sa.Column("recovery", sa.JSON(none_as_null=True), nullable=True))
    op.add_column("user_account", sa.Column("invite_hash", sa.String(length=64), nullable=True))
    op.add_column("user_account", sa.Column("invite_until", sa.Double(), nullable=True))
    op.create_index(
        op.f("ix_user_account_invite_hash"), "user_account", ["invite_hash"], unique=True
    )
    op.add_column("user_account", sa.Column("last_sign_in_at", sa.Double(), nullable=True))
    op.add_column(
        "user_account",
        sa.Column("last_sign_in_from", sa.Text(), nullable=False, server_default=""),
    )
