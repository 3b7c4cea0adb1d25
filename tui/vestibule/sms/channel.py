"""What every gateway is given, what it answers, and what it can be asked."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from vestibule.text import is_hidden

TEXT_LIMIT = 1530  # characters: ten parts of GSM-7, more than any code needs
_NUMBER = re.compile(r"\+[1-9][0-9]{6,14}")
_REF = re.compile(r"[0-9a-f]{16}")


@dataclass(frozen=True)
class Message:
    """One text on its way to one phone.

    ``ref`` is 16 hex digits of ours, ``to`` is E.164, ``sender`` is what the receiver sees where the
    gateway allows it, or "". ``seconds_left`` is the life of what the text says: a gateway that can
    is told to give up after it. Raises ``ValueError`` when a part could mean something else to a
    gateway than itself; its sentence never holds the text.
    """

    ref: str
    to: str
    text: str = field(repr=False)
    sender: str
    seconds_left: int

    def __post_init__(self) -> None:
        if not is_ref(self.ref):
            raise ValueError("a message's ref is 16 hex digits")
        if not _NUMBER.fullmatch(self.to):
            raise ValueError("a message goes to an E.164 number")
        if len(self.text) > TEXT_LIMIT or not _sendable(self.text):
            raise ValueError("this text cannot be sent as a message")
        if any(is_hidden(character) for character in self.sender):
            raise ValueError("a sender has visible characters only")

    def __repr__(self) -> str:
        return f"Message(ref={self.ref!r}, to={self.to!r}, text=••••, sender={self.sender!r})"


class Progress(StrEnum):
    """How far a message came."""

    QUEUED = "queued"  # handed over; follow() knows more later
    SENT = "sent"  # the gateway says that it went
    FAILED = "failed"


@dataclass(frozen=True)
class Receipt:
    """A gateway's answer. ``reason``: at most 200 characters, no secret; ``again``: worth another try."""

    progress: Progress
    provider_id: str = ""
    reason: str = ""
    again: bool = False


class Channel(Protocol):
    """One gateway. Every call returns within the settings' time limit and raises nothing."""

    kind: str

    def send(self, message: Message) -> Receipt:
        """Hand ``message`` to the gateway."""

    def follow(self, message_ref: str, provider_id: str) -> Receipt:
        """What became of a message that was QUEUED."""

    def withdraw(self, message_ref: str) -> None:
        """Its life is over: remove every trace of the text. Harmless when there is none."""

    def check(self) -> str:
        """Why the gateway does not answer, in a short sentence; "" when it does."""


def failed(reason: str, *, again: bool) -> Receipt:
    """A receipt for a message that did not go."""
    return Receipt(Progress.FAILED, reason=reason, again=again)


def is_ref(value: str) -> bool:
    """Whether ``value`` is a message's ref, and so safe in a file's name."""
    return _REF.fullmatch(value) is not None


# Channels that hear at once whether a message went have nothing to look up later.
NO_RECORD = failed("this gateway keeps no record to ask", again=False)


def _sendable(text: str) -> bool:
    return not any(is_hidden(character) for character in text if character not in "\n\u00a0\u202f")
