"""Run by Alembic from gatekeeper.db.migrate, on a connection that holds the upgrade lock.

Not for the `alembic` command: there is no alembic.ini, and no other way to upgrade.
"""

from alembic import context

from gatekeeper.db.tables import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
