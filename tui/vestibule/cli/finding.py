"""What one look of ``vestibule doctor`` has found."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """``ok`` is None where it cannot be told."""

    name: str
    """Stable, for scripts."""
    label: str
    ok: bool | None
    words: str
    """How it stands and what to do, fit for a terminal."""
