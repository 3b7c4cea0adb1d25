"""What is wrong in the host's config.toml: the server says it by a code, whoever reads it has the words."""

from __future__ import annotations

from vestibule.models import Response


class ConfigFault(Response):
    """What is wrong in the host's config.toml. It names a key, never its value."""

    code: str
    """A stable word like ``text_without_code``; ``rule`` where ``detail`` says which rule is broken."""
    table: str = ""
    """``sms`` or ``time``; empty where the whole file is meant."""
    key: str = ""
    detail: str = ""
    """A limit, the values allowed, or the system's own words."""

    def __str__(self) -> str:
        """For a log: ``[sms] text: text_without_code``."""
        where = " ".join(part for part in (f"[{self.table}]" if self.table else "", self.key) if part)
        about = f"{self.code} ({self.detail})" if self.detail else self.code
        return f"{where or 'config.toml'}: {about}"
