"""Whether a name is known shows in nothing, not even in the time that an answer takes."""

from __future__ import annotations

import time

from vestibule.access import passwords

PASSWORD = "a blue door behind the stairs"


def test_an_unknown_name_is_as_much_work_as_a_known_one() -> None:
    known = passwords.hash_new(PASSWORD)
    assert passwords.matches(PASSWORD, known)
    assert work("another door", None) > work("another door", known) / 2


def work(password: str, stored: str | None) -> float:
    """Seconds of processor for a password that is wrong, at best."""
    seconds = []
    for _round in range(3):
        began = time.process_time()
        assert not passwords.matches(password, stored)
        seconds.append(time.process_time() - began)
    return min(seconds)
