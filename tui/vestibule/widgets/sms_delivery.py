"""How far a code by text message has come, and when another one may be asked for."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from math import ceil
from time import monotonic
from typing import ClassVar

from textual.message import Message
from textual.widgets import Static

from vestibule import text
from vestibule.remote.errors import ApiProblem, Unreachable
from vestibule.render.security_words import delivery
from vestibule.two_factor_models import Delivery, SmsCode


class SmsDelivery(Static):
    """``Sent to •••• 4412. Another one in 0:24.`` Asks once a second while it is on its way."""

    ALLOW_SELECT = False
    DEFAULT_CSS = "SmsDelivery { height: auto; }"
    SECONDS: ClassVar[float] = 1.0

    class Ready(Message):
        """Another code may be asked for."""

    def __init__(
        self,
        ask: Callable[[], Awaitable[SmsCode]] | None = None,
        *,
        plain: bool = False,
        id: str | None = None,
    ) -> None:
        """``ask`` asks how far the last code has come, where that can be told; ``plain``: a console font."""
        super().__init__("", id=id, markup=False)
        self._ask = ask
        self._plain = plain
        self._code: SmsCode | None = None
        self._free_at = 0.0
        self._waiting = False
        self._asking = False

    def on_mount(self) -> None:
        """Time runs once there is a code."""
        self._timer = self.set_interval(self.SECONDS, self._tick, pause=True)

    @property
    def sent(self) -> bool:
        """Whether a code was asked for."""
        return self._code is not None

    @property
    def wait(self) -> int:
        """Seconds until another code may be asked for."""
        return max(0, ceil(self._free_at - monotonic()))

    def show(self, code: SmsCode) -> None:
        """This code is on its way now."""
        self._code = code
        self._free_at = monotonic() + code.resend_in
        self._waiting = True
        self._timer.resume()
        self._say()

    def forget(self) -> None:
        """There is no code any more."""
        self._code = None
        self._timer.pause()
        self.update("")

    def _tick(self) -> None:
        code = self._code
        if code is None:
            return
        if self._is_open(code) and not self._asking and self._ask is not None:
            self._asking = True
            self.run_worker(self._follow(code, self._ask), group="delivery", description="delivery")
        self._say()
        if self._waiting and not self.wait:
            self._waiting = False
            self.post_message(self.Ready().set_sender(self))
        if not self._waiting and not self._is_open(code):
            self._timer.pause()

    def _is_open(self, code: SmsCode) -> bool:
        """Whether there is more to be learned of it."""
        return self._ask is not None and code.delivery is Delivery.QUEUED

    async def _follow(self, code: SmsCode, ask: Callable[[], Awaitable[SmsCode]]) -> None:
        try:
            answer = await ask()
        except (ApiProblem, Unreachable):
            return  # the code itself says more when it is typed
        finally:
            self._asking = False
        if self._code is code:  # not forgotten, nor followed by another one
            self._code = answer
            self._say()

    def _say(self) -> None:
        if self._code is not None:
            self.update(text.content(delivery(self._code, self.wait, self._plain)))
