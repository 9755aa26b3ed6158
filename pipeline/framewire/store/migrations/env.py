"""What Alembic runs for an upgrade: on the connection, and in the transaction, that `upgrade_store` gives it."""

from alembic import context

from framewire.store.schema import VERSION_TABLE, metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table=VERSION_TABLE,
    transactional_ddl=True,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
