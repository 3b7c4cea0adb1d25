"""Why the store cannot be used just now. Nothing is ever let through because of it."""

from __future__ import annotations


class StoreError(Exception):
    """``code`` is a problem code; ``detail`` names the file or the cause, never a secret."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        self.detail = detail
