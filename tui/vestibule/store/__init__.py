"""Keeps a site's data: engine, tables, vault, clock. Knows no rule."""
