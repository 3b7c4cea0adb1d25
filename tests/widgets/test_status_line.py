"""A sentence outlives the slow work beside it."""

from __future__ import annotations

from textual.app import App, ComposeResult

from tests.waiting import until
from vestibule.widgets.status_line import SLOW, StatusLine


class Desk(App[None]):
    def compose(self) -> ComposeResult:
        yield StatusLine()

    def shown(self) -> str:
        return str(self.query_one(StatusLine).render())


async def test_slow_work_is_told_and_gives_the_sentence_back() -> None:
    app = Desk()
    async with app.run_test():
        line = app.query_one(StatusLine)
        line.say("Anna is disabled.")
        with line.working("Loading…"):
            assert app.shown() == "Anna is disabled."
            await until(lambda: app.shown() == "… Loading…")
            line.say("Anna may come in again.")
        assert app.shown() == "Anna may come in again."


async def test_quick_work_says_nothing() -> None:
    app = Desk()
    async with app.run_test() as pilot:
        line = app.query_one(StatusLine)
        with line.working("Loading…"):
            pass
        await pilot.pause(SLOW + 0.1)
        assert app.shown() == ""
