"""Indexes for what pages ask of long tables: the audit's filters, passes by their latest change,
the day at the gates"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(op.f("ix_audit_action_id"), "audit", ["action", "id"])
    op.create_index(op.f("ix_audit_actor_id"), "audit", ["actor", "id"])
    op.create_index(op.f("ix_audit_at"), "audit", ["at"])
    op.create_index(op.f("ix_projection_entry_at"), "projection_entry", ["at"])
    # It does all that the index of the class alone did.
    op.create_index(
        op.f("ix_pass_class_id_changed_at_id"), "pass", ["class_id", "changed_at", "id"]
    )
    op.drop_index(op.f("ix_pass_class_id"), "pass")
    # Of entries only those that withdraw another: few, and found whatever a planner has counted.
    op.drop_index(op.f("ix_projection_entry_site_ref"), "projection_entry")
    withdrawn = sa.text("kind = 'withdrawn'")
    op.create_index(
        "ix_projection_entry_withdrawn", "projection_entry", ["site", "ref"],
        sqlite_where=withdrawn, postgresql_where=withdrawn,
    )  # fmt: skip
    office = sa.text("class_id IS NOT NULL")
    for name, columns in (
        ("ix_pass_office_changed", ["changed_at", "id"]),
        ("ix_pass_office_state", ["state", "changed_at", "id"]),
    ):
        op.create_index(op.f(name), "pass", columns, sqlite_where=office, postgresql_where=office)
