"""Whether a screen fits a terminal: each control can be reached, and no words are cut off unsaid."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from typing import Any

from rich.cells import cell_len
from textual.content import Content
from textual.screen import Screen
from textual.scroll_view import ScrollView
from textual.widget import Widget
from textual.widgets import Input

from tests.waiting import until


async def misfits(screen: Screen[Any]) -> AsyncIterator[str]:
    """What does not fit."""
    for words in cut(screen):
        yield words
    for widget in screen.focus_chain:
        for seen in await unreachable(screen, widget):
            yield seen


async def unreachable(screen: Screen[Any], widget: Widget) -> list[str]:
    """What cannot be seen of a control, also once it has the focus."""
    if is_seen(screen, widget):
        return []
    screen.set_focus(widget)
    with suppress(AssertionError):
        await until(lambda: is_seen(screen, widget), 5)
    placed = screen.find_widget(widget)
    seen = f"{widget} at {placed.region}, of which {placed.visible_region} can be seen"
    return [] if is_seen(screen, widget) else [seen]


def is_seen(screen: Screen[Any], widget: Widget) -> bool:
    """Whether all of it is on the screen; of a list that scrolls by itself, its width and a row."""
    placed = screen.find_widget(widget)
    seen, whole = placed.visible_region, placed.region
    is_list = isinstance(widget, ScrollView) and not isinstance(widget, Input)
    enough = seen.height >= 1 and seen.width == whole.width if is_list else seen == whole
    least = 8 if isinstance(widget, Input) else 1
    return bool(enough and whole.area and whole.width >= least and screen.region.contains_region(seen))


def cut(screen: Screen[Any]) -> Iterator[str]:
    """Words for which there is no room, and nothing that says so."""
    for widget in screen.query(Widget):
        if not widget.display or not widget.size.area or widget.children or isinstance(widget, ScrollView):
            continue
        said = widget.render()
        if isinstance(said, Content) and said.plain.strip():
            width, height = widget.content_size
            needed = widget.get_content_height(screen.size, screen.size, width)
            too_long = max(cell_len(word) for word in said.plain.split() or [""]) > width
            one_line = height == 1 and said.cell_length > width and "\n" not in said.plain
            if needed > height or (too_long and one_line) or (one_line and not wraps(widget)):
                yield f"{widget} has {width}×{height} for {said.plain!r}"


def wraps(widget: Widget) -> bool:
    """Whether what is too long says so, or goes on in the next line."""
    return widget.styles.text_overflow == "ellipsis" or widget.styles.text_wrap == "wrap"
