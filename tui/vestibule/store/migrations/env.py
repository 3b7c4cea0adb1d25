"""Alembic calls this with the connection that ``engine.upgrade`` opened."""

from alembic import context

from vestibule.store.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    transactional_ddl=False,
)
context.run_migrations()
