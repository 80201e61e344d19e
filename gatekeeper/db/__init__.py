"""The main database: who is invited, which pass they hold, who may sign in, what reports say.

The only room that imports sqlalchemy and alembic. It knows values (gatekeeper.model), not
gates, readers, journals or pages; a gate never waits for it. Everything that leaves this
room is a frozen value or a `Session` that its caller only hands back; what goes wrong
leaves as StoreError (the database) or UserError (what was asked).

Where to look: engine (connect), migrate (upgrade), events, guests (import), people
(search), passes (credentials and their states), changes (what the node follows), users
and tokens (accounts), projection and reports (what the journal says, for people).
"""
