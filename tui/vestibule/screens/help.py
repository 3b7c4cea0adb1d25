"""F1: what has the focus means and does, what the screen is for, and its keys."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar, NamedTuple

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.dom import DOMNode
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Static

from vestibule import text
from vestibule.i18n import _
from vestibule.render import policy_words, property_words
from vestibule.render.help_words import about, names, purpose, state_of
from vestibule.screens.keys import KeyTable, Listed, listed
from vestibule.widgets.admin_list import AdminList
from vestibule.widgets.client_list import ClientList
from vestibule.widgets.policy_rows import PolicyRows
from vestibule.widgets.property_grid import PropertyGrid
from vestibule.widgets.rows import Heading


class Topic(NamedTuple):
    """What help is about, and what it says; all of it may be foreign text."""

    title: str
    paragraphs: Sequence[str]


class Help(KeyTable):
    """Sentences above the keys of the screen below; nothing there is touched."""

    DEFAULT_CSS: ClassVar[str] = "Help .dialog > .sentence { margin-bottom: 1; }"

    def __init__(self, topic: Topic, keys: Sequence[Listed]) -> None:
        super().__init__(keys)
        self.topic = topic

    def title_words(self) -> Content:
        """What it is about."""
        return text.content(self.topic.title)

    def first(self) -> ComposeResult:
        """The sentences, and a heading over the keys."""
        for paragraph in self.topic.paragraphs:
            yield Static(text.content(paragraph), classes="sentence", markup=False)
        heading = Heading()
        heading.words = _("Keys")
        yield heading


def help_on(screen: Screen[Any]) -> Help:
    """The help for what has the focus on ``screen``."""
    return Help(topic(screen), listed(screen))


def topic(screen: Screen[Any]) -> Topic:
    """What has the focus, else the screen."""
    focused = screen.focused
    said = [*_on_focus(screen, focused)] if focused is not None else []
    paragraphs = [*said, _purpose(screen)]
    name = _name(focused) if focused is not None and not _on_editor(screen, focused) else ""
    title = name or _title(screen) or _("Help")
    return Topic(title, [each for each in dict.fromkeys(paragraphs) if each])


# --- what has the focus -----------------------------------------------------------------------


def _on_focus(screen: Screen[Any], focused: Widget) -> Iterator[str]:
    """What is known of it: of its row, of itself, of the editor that it belongs to."""
    yield _on_row(screen, focused)
    yield _on_editor(screen, focused)
    yield about(_kinds(screen), [*_ids(screen, focused), *_kinds(focused)], _zone(screen))


def _on_row(screen: Screen[Any], focused: Widget) -> str:
    if isinstance(focused, PolicyRows):
        policy = getattr(screen, "policy", None)
        return policy_words.explained(focused.selected, policy) if policy is not None else ""
    if isinstance(focused, PropertyGrid):
        return property_words.explained(focused.selected) if focused.selected is not None else ""
    if isinstance(focused, ClientList) and not isinstance(focused, AdminList):
        return state_of(focused.selected, focused.plain) if focused.selected is not None else ""
    return ""


def _on_editor(screen: Screen[Any], focused: Widget) -> str:
    """The property that an editor is about, for the controls that hold its value."""
    said: str = getattr(screen, "about", "")
    return said if {"value", "choice"} & set(_ids(screen, focused)) else ""


def _ids(screen: Screen[Any], focused: Widget) -> list[str]:
    inside = focused.ancestors_with_self
    return [node.id for node in inside[: inside.index(screen)] if node.id]


def _kinds(node: DOMNode) -> list[str]:
    return [kind.__name__ for kind in type(node).__mro__]


def _zone(screen: Screen[Any]) -> str:
    """Times are the site's: the screen knows its zone, or the one below it does."""
    zones = (getattr(each, "site_zone", None) for each in (screen, *reversed(screen.app.screen_stack)))
    return next((str(zone) for zone in zones if zone is not None), "UTC")


# --- names ------------------------------------------------------------------------------------


def _name(focused: Widget) -> str:
    """What stands beside it or in it."""
    if isinstance(focused, PropertyGrid) and focused.selected is not None:
        return focused.selected.label.strip()
    known = names()
    for key in (focused.id or "", *_kinds(focused)):
        if key in known:
            return known[key]
    own = (getattr(node, "label", "") for node in focused.ancestors_with_self)
    return next((str(label) for label in own if label), "") or _beside(focused)


def _beside(focused: Widget) -> str:
    """The label at the left of a control that has none of its own."""
    before = focused.parent.children if isinstance(focused.parent, Horizontal) else ()
    labels = (str(each.content) for each in before if isinstance(each, Static))
    return next(labels, "")


def _title(screen: Screen[Any]) -> str:
    for dialog in screen.query(".dialog, #dialog"):
        if dialog.border_title:
            return str(dialog.border_title)
    from vestibule.screens.sections import titles

    known = {**names(), **titles()}
    return next((known[name] for name in (*_kinds(screen), _room(screen)) if name in known), "")


def _room(screen: Screen[Any]) -> str:
    """The name by which ``sections`` knows it."""
    return type(screen).__module__.rpartition(".")[2]


def _purpose(screen: Screen[Any]) -> str:
    """What the screen is for: from the registry, else its own first sentence."""
    known = purpose(_kinds(screen), _zone(screen))
    own = (str(each.content) for each in screen.query("Static.sentence").results(Static))
    return known or next(own, "")
