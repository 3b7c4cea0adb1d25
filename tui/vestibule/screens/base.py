"""What all screens have in common: the connection, a place for sentences, and work that may be refused."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, TypeVar

from textual.binding import Binding, BindingType
from textual.css.query import NoMatches
from textual.message import Message
from textual.reactive import Reactive
from textual.screen import Screen
from textual.widget import Widget

from vestibule.i18n import _, marked
from vestibule.models import Problem, Strength
from vestibule.remote.connection import Connection
from vestibule.remote.errors import ApiProblem, CertificateProblem, Unreachable
from vestibule.render.sentences import sentence
from vestibule.render.when import zone
from vestibule.terminal import Profile
from vestibule.text import visible
from vestibule.widgets.status_line import StatusLine, Tone

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from textual.worker import Worker

T = TypeVar("T")
R = TypeVar("R")
OUTLASTED = frozenset({"session_idle", "session_over"})
"""A limit has ended the session: nobody was shut out."""
_ENDED = frozenset(
    {
        "session_ended",
        *OUTLASTED,
        "second_factor_needed",
        "not_signed_in",
        "client_disabled",
        "client_expired",
        "client_not_yet_valid",
        "client_outside_hours",
        "client_local_only",
    }
)


@dataclass
class SignedIn(Message):
    """Somebody is signed in; the connection knows who."""


@dataclass
class SignedOut(Message):
    """Nobody is signed in any more; ``why`` is None when it was asked for.

    It is told in the language of who comes next, not of who has left. ``comes_back``: this device may sign in
    again by itself, as a panel on a wall does.
    """

    why: Problem | None = None
    comes_back: bool = False


def signed_out(connection: Connection, problem: Problem) -> SignedOut:
    """What ``problem`` has ended. After a limit whoever is no admin comes back where the site allows it."""
    client = connection.client
    return SignedOut(problem, problem.code in OUTLASTED and client is not None and not client.admin)


@dataclass
class SiteChosen(Message):
    """Another site is wanted; ``code`` is the one-time code that came with its link."""

    address: str
    code: str = ""

    def __repr__(self) -> str:
        return f"SiteChosen({self.address!r}, ••••)"


@dataclass
class SetupWanted(Message):
    """A new site on this machine is wanted."""


class Quiet(Screen[R]):
    """A screen that repaints what changes, not everything, when the focus moves (facts/terminal.md §3.2)."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("f1", "help", marked("Help"))]
    focused: Reactive[Widget | None] = Reactive(None, compute=False, repaint=False)

    def action_help(self) -> None:
        """What has the focus, and which keys are in force."""
        from vestibule.screens.help import help_on

        self.app.push_screen(help_on(self))


class BaseScreen(Quiet[None]):
    """A whole screen of one site. Its tree has a :class:`StatusLine`."""

    ALLOW_SELECT: ClassVar[bool] = False

    def __init__(self, connection: Connection, profile: Profile) -> None:
        super().__init__()
        self.connection = connection
        self.profile = profile

    @property
    def site_zone(self) -> ZoneInfo:
        """The zone in which the site's days begin and end."""
        info = self.connection.info
        return zone(info.time_zone if info else "UTC")

    def say(self, what: str, tone: Tone = Tone.DONE) -> None:
        """A sentence for the person."""
        self.query_one(StatusLine).say(what, tone)

    def refused(self, problem: Problem) -> None:
        """Tell what the server refused. Screens with fields say it there."""
        self.say(sentence(problem, self.site_zone), Tone.PROBLEM)

    async def attempt(self, work: Callable[[], Awaitable[T]], busy: str = "") -> T | None:
        """Do ``work``; after a moment say ``busy``. None when it failed, which is then told.

        A refusal for want of a fresh proof asks for the password and tries again.
        """
        try:
            with self.query_one(StatusLine).working(busy or _("Working…")):
                return await work()
        except ApiProblem as error:
            if error.problem.code != "reauthentication_needed":
                self._on_problem(error.problem)
            elif await self.prove():
                return await self.attempt(work, busy)
        except Unreachable as error:
            if isinstance(error, CertificateProblem) and not self.connection.is_shared:
                return await self.attempt(work, busy) if await self.accepts(error) else None
            self.say(_("The server does not answer. Nothing you typed is lost; try again."), Tone.PROBLEM)
        return None

    async def accepts(self, problem: CertificateProblem) -> bool:
        """Show a server's certificate; whether the person accepts it. Only from a worker."""
        from vestibule.screens.certificate import accepted

        if await accepted(self.app, self.connection, problem):
            return True
        said = _("%(address)s: %(why)s. Nothing was sent to it.")
        self.say(said % {"address": visible(problem.address), "why": str(problem)}, Tone.PROBLEM)
        return False

    def _on_problem(self, problem: Problem) -> None:
        if problem.code == "enrolment_needed":
            # The policy has changed: what is open now is the set-up of a second factor.
            self.connection.strength = Strength.ENROLMENT
            self.app.post_message(SignedIn())
        elif problem.code in _ENDED and self.connection.client is not None:
            self.app.post_message(signed_out(self.connection, problem))
        else:
            self.refused(problem)

    async def prove(self) -> bool:
        """Ask for the password again; whether it was right. Only from a worker."""
        from vestibule.screens.reauthentication import Reauthentication

        return await self.app.push_screen_wait(Reauthentication(self.connection))

    def work(self, job: Callable[[], Awaitable[None]], group: str) -> Worker[None]:
        """Run ``job`` beside the screen. A write is never exclusive: cancelling it half-way helps nobody."""

        async def run() -> None:
            try:
                await job()
            except NoMatches:
                # An answer may come while the screen is being taken down.
                if self.is_attached and self.is_running:
                    raise

        return self.run_worker(run(), group=group, description=group)
