"""Passwords: what is good enough, and hashing that cannot exhaust the machine."""

from __future__ import annotations

import os
import re
import threading
import unicodedata
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from vestibule.access.refused import Refused

T = TypeVar("T")

SHORTEST = 15
"""Characters of a password that stands alone (SP 800-63B-4 §3.1.1.2)."""
LONGEST = 256
_QUEUE = 64
_QUEUE_SECONDS = 5.0
_RETRY_SECONDS = 2
_COMMON = frozenset(
    """
    password passwort passwords motdepasse contrasena secret geheim letmein welcome willkommen bienvenue
    admin administrator administrateur service technician techniker technicien installer installateur
    qwerty qwertz azerty qwertyuiop qwertzuiop azertyuiop asdfghjkl asdf iloveyou changeme default
    building gebaeude gebäude batiment bâtiment vestibule thinknx knx abc abcd abcdef abcdefgh
    abcdefghijklmnopqrstuvwxyz winter summer spring autumn sommer herbst login user test demo root
    """.split()
)
_RUNS = "01234567890" * 30 + "1234567890" * 30 + "9876543210" * 30

# OWASP's minimum for Argon2id; 27 ms on a small machine.
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
# Threads of their own: glibc keeps a hash's 19 MiB for each thread that has ever made one, so that
# a hundred logins in forty threads would hold 760 MiB for good.
_threads = ThreadPoolExecutor(max(2, os.cpu_count() or 2), "passwords")
_queue = threading.BoundedSemaphore(_QUEUE)
# Verified when there is no such user, so that the answer takes as long as for a real one: no password is
# known that has this hash, and to make one at each start would take as long as a login.
_DUMMY = (
    f"$argon2id$v=19$m={_hasher.memory_cost},t={_hasher.time_cost},p={_hasher.parallelism}"
    f"${'A' * 22}${'A' * 43}"
)


def check_new(password: str, context: Iterable[str] = ()) -> None:
    """Raise Refused if ``password`` is too short, or made only of common words and ``context``."""
    plain = unicodedata.normalize("NFC", password)
    if len(plain) < SHORTEST:
        raise Refused("password_short", field="password")
    if len(plain) > LONGEST:
        raise Refused("text_too_long", field="password")
    if _is_common(plain.casefold(), context):
        raise Refused("password_common", field="password")


def _is_common(password: str, context: Iterable[str]) -> bool:
    if password.isascii() and (len(set(password)) <= 4 or password in _RUNS):
        return True
    words = {word.casefold() for phrase in context for word in re.findall(r"[^\W\d_]{3,}", phrase)} | _COMMON
    letters = re.sub(r"[\W\d_]+", " ", password)
    rest = letters
    for word in sorted(words, key=len, reverse=True):
        rest = rest.replace(word, " ")
    return rest != letters and len(rest.replace(" ", "")) < 3


def hash_new(password: str) -> str:
    """The argon2id hash to store. Raises Refused ``busy`` when too many wait already."""
    return _in_turn(partial(_hasher.hash, unicodedata.normalize("NFC", password)))


def matches(password: str, stored: str | None) -> bool:
    """Whether ``password`` made ``stored``; the same work is done when there is nothing stored.

    Raises Refused ``busy`` as :func:`hash_new` does.
    """
    plain = unicodedata.normalize("NFC", password)
    try:
        right = _in_turn(partial(_hasher.verify, stored or _DUMMY, plain))
    except (VerificationError, InvalidHashError):
        return False
    return right and stored is not None


def _in_turn(work: Callable[[], T]) -> T:
    if not _queue.acquire(blocking=False):
        raise Refused("busy", retry_after=_RETRY_SECONDS)
    try:
        turn = _threads.submit(work)
        try:
            return turn.result(_QUEUE_SECONDS)
        except TimeoutError:
            turn.cancel()
            raise Refused("busy", retry_after=_RETRY_SECONDS) from None
    finally:
        _queue.release()
