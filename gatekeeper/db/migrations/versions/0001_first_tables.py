"""First tables"""

import secrets

import sqlalchemy as sa
from alembic import op

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
BINARY_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "arrival",
        sa.Column("pass_id", sa.Text(), nullable=False),
        sa.Column("area", sa.String(length=63), nullable=False),
        sa.Column("event", sa.String(length=63), nullable=True),
        sa.Column("first_in_at", sa.Double(), nullable=False),
        sa.Column("last_at", sa.Double(), nullable=False),
        sa.Column("inside", sa.Boolean(), nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("gate", sa.String(length=63), nullable=True),
        sa.Column("companions", sa.Integer(), nullable=True),
        sa.Column("representative", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("pass_id", "area", name=op.f("pk_arrival")),
    )
    op.create_index(
        "ix_arrival_event_first_in_at", "arrival", ["event", "first_in_at"], unique=False
    )

    op.create_table(
        "audit",
        sa.Column("id", BIG_ID, sa.Identity(always=False), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("action", sa.String(length=63), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
    )
    op.create_table(
        "change",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("credential", BINARY_TEXT, nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_change")),
    )
    op.create_table(
        "change_counter",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_change_counter")),
    )
    counter = sa.table("change_counter", sa.column("id"), sa.column("value"), sa.column("source"))
    op.bulk_insert(counter, [{"id": 1, "value": 0, "source": secrets.token_hex(8)}])
    op.create_table(
        "event",
        sa.Column("id", BIG_ID, sa.Identity(always=False), nullable=False),
        sa.Column("slug", sa.String(length=63), nullable=False),
        sa.Column("name_th", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("starts_at", sa.Double(), nullable=True),
        sa.Column("doors_open_at", sa.Double(), nullable=True),
        sa.Column("ends_at", sa.Double(), nullable=True),
        sa.Column("max_companions", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event")),
        sa.UniqueConstraint("slug", name=op.f("uq_event_slug")),
    )
    op.create_table(
        "gate",
        sa.Column("id", sa.String(length=63), nullable=False),
        sa.Column("direction", sa.String(length=8), nullable=False),
        sa.Column("event", sa.String(length=63), nullable=True),
        sa.Column("area", sa.String(length=63), nullable=False),
        sa.Column("name_th", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gate")),
    )
    op.create_table(
        "organisation",
        sa.Column("id", BIG_ID, sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation")),
        sa.UniqueConstraint("name", name=op.f("uq_organisation_name")),
    )
    op.create_table(
        "projection_entry",
        sa.Column("site", sa.String(length=63), nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("gate", sa.String(length=63), nullable=True),
        sa.Column("reader", sa.String(length=63), nullable=True),
        sa.Column("credential", sa.Text(), nullable=True),
        sa.Column("pass_id", sa.Text(), nullable=True),
        sa.Column("event", sa.String(length=63), nullable=True),
        sa.Column("reason", sa.String(length=32), nullable=True),
        sa.Column("direction", sa.String(length=8), nullable=True),
        sa.Column("area", sa.String(length=63), nullable=True),
        sa.Column("companions", sa.Integer(), nullable=True),
        sa.Column("ref", sa.BigInteger(), nullable=True),
        sa.Column("actor", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("late", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("site", "seq", name=op.f("pk_projection_entry")),
    )
    op.create_index(
        "ix_projection_entry_event_at", "projection_entry", ["event", "at"], unique=False
    )
    op.create_index("ix_projection_entry_pass_id", "projection_entry", ["pass_id"], unique=False)
    op.create_index(
        "ix_projection_entry_site_ref", "projection_entry", ["site", "ref"], unique=False
    )

    op.create_table(
        "projection_state",
        sa.Column("site", sa.String(length=63), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("site", name=op.f("pk_projection_state")),
    )
    op.create_table(
        "token",
        sa.Column("id", BIG_ID, sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.String(length=63), nullable=False),
        sa.Column("secret_hash", sa.String(length=64), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("gate", sa.String(length=63), nullable=True),
        sa.Column("disabled", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_token")),
        sa.UniqueConstraint("name", name=op.f("uq_token_name")),
        sa.UniqueConstraint("secret_hash", name=op.f("uq_token_secret_hash")),
    )
    op.create_table(
        "user_account",
        sa.Column("id", BIG_ID, sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.String(length=63), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("disabled", sa.Boolean(), nullable=False),
        sa.Column("session_version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_account")),
        sa.UniqueConstraint("name", name=op.f("uq_user_account_name")),
    )
    op.create_table(
        "person",
        sa.Column("id", BIG_ID, sa.Identity(always=False), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("first_name", sa.Text(), nullable=False),
        sa.Column("last_name", sa.Text(), nullable=False),
        sa.Column("name_latin", sa.Text(), nullable=False),
        sa.Column("position", sa.Text(), nullable=False),
        sa.Column("organisation_id", BIG_ID, nullable=True),
        sa.Column("photo", sa.Text(), nullable=False),
        sa.Column("search", BINARY_TEXT, nullable=False),
        sa.Column("sort_key", BINARY_TEXT, nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_person_organisation_id_organisation"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
    )
    op.create_index("ix_person_organisation_id", "person", ["organisation_id"], unique=False)

    op.create_table(
        "invitation",
        sa.Column("id", BIG_ID, sa.Identity(always=False), nullable=False),
        sa.Column("event_id", BIG_ID, nullable=False),
        sa.Column("person_id", BIG_ID, nullable=False),
        sa.Column("external_key", sa.Text(), nullable=True),
        sa.Column("name_key", BINARY_TEXT, nullable=False),
        sa.Column("reply", sa.String(length=16), nullable=False),
        sa.Column("cancelled", sa.Boolean(), nullable=False),
        sa.Column("group_name", sa.Text(), nullable=False),
        sa.Column("table_name", sa.Text(), nullable=False),
        sa.Column("seat", sa.Text(), nullable=False),
        sa.Column("companions", sa.Integer(), nullable=False),
        sa.Column("representative", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("vip", sa.Boolean(), nullable=False),
        sa.Column("greeter", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id"], ["event.id"], name=op.f("fk_invitation_event_id_event")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_invitation_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation")),
        sa.UniqueConstraint(
            "event_id", "external_key", name=op.f("uq_invitation_event_id_external_key")
        ),
    )
    op.create_index(
        "ix_invitation_event_id_name_key", "invitation", ["event_id", "name_key"], unique=False
    )
    op.create_index("ix_invitation_person_id", "invitation", ["person_id"], unique=False)

    op.create_table(
        "pass",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("event_id", BIG_ID, nullable=True),
        sa.Column("invitation_id", BIG_ID, nullable=True),
        sa.Column("person_id", BIG_ID, nullable=True),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Double(), nullable=True),
        sa.Column("valid_until", sa.Double(), nullable=True),
        sa.Column("gates", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_pass_event_id_event")),
        sa.ForeignKeyConstraint(
            ["invitation_id"], ["invitation.id"], name=op.f("fk_pass_invitation_id_invitation")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_pass_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pass")),
        sa.UniqueConstraint("invitation_id", name=op.f("uq_pass_invitation_id")),
    )
    op.create_index("ix_pass_event_id", "pass", ["event_id"], unique=False)
    op.create_index("ix_pass_person_id", "pass", ["person_id"], unique=False)

    op.create_table(
        "credential",
        sa.Column("value", BINARY_TEXT, nullable=False),
        sa.Column("pass_id", sa.String(length=16), nullable=True),
        sa.Column("bound", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["pass_id"], ["pass.id"], name=op.f("fk_credential_pass_id_pass")),
        sa.PrimaryKeyConstraint("value", name=op.f("pk_credential")),
    )
    op.create_index("ix_credential_pass_id", "credential", ["pass_id"], unique=False)
    op.create_index(
        "uq_credential_bound_pass",
        "credential",
        ["pass_id"],
        unique=True,
        sqlite_where=sa.text("bound"),
        postgresql_where=sa.text("bound"),
    )
