"""Names of hosts in other alphabets, as they stand in addresses: ``xn--…``."""

from __future__ import annotations

_FOREIGN = "xn--"


def check(host: str) -> None:
    """Raise ValueError for a name that stands for no letters (RFC 5891 §5.4): nobody is asked there."""
    if _FOREIGN in host:
        import httpx  # only here: addresses are read before the first paint

        _ = httpx.URL(f"https://{host}").host
