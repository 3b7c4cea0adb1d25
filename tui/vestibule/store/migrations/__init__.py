"""Alembic migrations, run from inside the installed package, by whichever server starts first.

Servers are replaced one after the other, so the version before still runs on the new tables, and may
even start on them. Therefore expand first: a migration adds tables, and columns that have a default or
may be null; it neither renames nor removes what the version before reads or writes. What nothing reads
any more is removed one version later. Long rewrites do not belong into a migration: whoever starts waits.
"""
