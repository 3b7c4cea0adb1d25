"""All keys of a screen: for the table at ``?``, for the help at F1, and for the palette."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from textwrap import wrap
from typing import Any, ClassVar, NamedTuple

from textual.app import ComposeResult
from textual.binding import ActiveBinding, Binding, BindingsMap, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.dom import DOMNode
from textual.events import Resize
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Static

from vestibule.i18n import _, marked
from vestibule.render.key_names import spoken
from vestibule.screens.dialog import Dialog
from vestibule.widgets.key_line import KeyLine

_ARROWS = {"↑": "up", "↓": "down", "←": "left", "→": "right"}
_GAP = 2
"""Cells between a key and its words."""
_ROOMY = 76
_NEXT, _PREVIOUS = "app.focus_next", "app.focus_previous"


class Listed(NamedTuple):
    """What one or more keys do now on a screen."""

    keys: str
    words: str
    action: str = ""
    """What the palette runs; empty for keys that only move."""
    node: DOMNode | None = None
    """… and on what."""


def listed(screen: Screen[Any]) -> list[Listed]:
    """The keys that would do something now: first those of the key line, in its order, then all others."""
    active = _active(screen)
    rows: list[Listed] = []
    seen: set[str] = set()
    for said, words in _key_line(screen):
        keys = [key for key in pressed(said) if key in active]
        if not (keys or _is_taken(screen, said)) or not seen.isdisjoint(keys):
            continue
        together = _together(keys, active)
        seen.update(together)
        rows.append(_row(together, active, words) if together else Listed(said, words))
    rest = [key for key in active if key not in seen]
    while rest:
        together = _together(rest[:1], active)
        rows.append(_row(together, active))
        rest = [key for key in rest if key not in together]
    return rows


def shown(key: str) -> str:
    """A key of Textual's as people read it on their keyboard."""
    arrows = {name: arrow for arrow, name in _ARROWS.items()}
    return arrows.get(key) or _names().get(key) or (key.upper() if _is_function_key(key) else key)


def pressed(said: str) -> list[str]:
    """Textual's names of the keys that ``said`` on a key line means: ``ctrl+s/F2``, ``Tab/↑↓``, ``?``."""
    parts = said.split("/") if len(said) > 1 else [said]
    return [key for part in parts for key in _pressed(part)]


def _pressed(part: str) -> list[str]:
    if part and all(letter in _ARROWS for letter in part):
        return [_ARROWS[letter] for letter in part]
    known = {name: key for key, name in _names().items()}
    return [known.get(part) or (part.lower() if _is_function_key(part.lower()) else part)]


def _is_function_key(key: str) -> bool:
    return key[:1] == "f" and key[1:].isdigit()


def _names() -> dict[str, str]:
    return {
        "escape": "Esc",
        "enter": "Enter",
        "space": "Space",
        "delete": "Del",
        "tab": "Tab",
        "pageup": "PgUp",
        "pagedown": "PgDn",
        "home": "Home",
        "end": "End",
        "question_mark": "?",
        "slash": "/",
    }


# --- what is bound ----------------------------------------------------------------------------


def _key_line(screen: Screen[Any]) -> Sequence[tuple[str, str]]:
    return [pair for line in screen.query(KeyLine) for pair in line.keys]


def _is_taken(screen: Screen[Any], said: str) -> bool:
    """Whether a key of the line, of which only the line has words, does something where the focus is."""
    return any(key in _in_force(screen) for key in pressed(said))


def _active(screen: Screen[Any]) -> dict[str, ActiveBinding]:
    """The keys in force that are described, also those of the app that dialogs do not keep away."""
    goes_round = len(screen.focus_chain) > 1
    return {
        key: each
        for key, each in _in_force(screen).items()
        if words_of(each.node, each.binding) and (goes_round or each.binding.action not in (_NEXT, _PREVIOUS))
    }


def _in_force(screen: Screen[Any]) -> dict[str, ActiveBinding]:
    """What each key would run. Textual's own list names what has nothing to scroll and lets the key pass."""
    found: dict[str, ActiveBinding] = {}
    inside = screen._modal_binding_chain
    for node, bindings in screen._binding_chain:
        reached = any(node is each for each, _bindings in inside)
        for key, binding in bindings:
            if (reached or binding.priority) and _acts(screen, node, binding):
                active = ActiveBinding(node, binding, True, "")
                if binding.priority:
                    found[key] = active
                else:
                    found.setdefault(key, active)
    return found


def _acts(screen: Screen[Any], node: DOMNode, binding: Binding) -> bool:
    if not screen.app._check_action_state(binding.action, node):
        return False
    if not binding.action.startswith("scroll_") or not isinstance(node, Widget):
        return True
    sideways = binding.action.endswith(("left", "right"))
    return (node.max_scroll_x if sideways else node.max_scroll_y) > 0


def words_of(node: DOMNode, binding: Binding) -> str:
    """What ``binding`` of ``node`` does, in the person's language; empty where it is not to be listed."""
    own = _own_words(node, binding)
    if own:
        return own
    known = {_NEXT: _("Next field"), _PREVIOUS: _("Previous field"), "command_palette": _("Find an action")}
    if not _is_ours(type(node), binding.key):
        return _("Move") if binding.action.startswith("scroll_") else known.get(binding.action, "")
    return known.get(binding.action) or (_(binding.description) if binding.description else "")


def _own_words(node: DOMNode, binding: Binding) -> str:
    """What only ``node`` itself can say: which section a digit opens, which button is pressed."""
    ask = getattr(node, "words_for", None)
    words: str = ask(binding.action) if ask is not None else ""
    return words


@cache
def _is_ours(kind: type, key: str) -> bool:
    """Whether a class of Vestibule says what ``key`` does: Textual's own words are in English only."""
    for base in kind.__mro__:
        if key in BindingsMap(base.__dict__.get("BINDINGS", ())).key_to_bindings:
            return not base.__module__.startswith("textual.")
    return False


def _together(keys: Iterable[str], active: dict[str, ActiveBinding]) -> list[str]:
    """``keys`` and all others that do the same, or the same the other way round."""
    same = {(id(each.node), words_of(each.node, each.binding)) for each in map(active.__getitem__, keys)}
    return [key for key, each in active.items() if (id(each.node), words_of(each.node, each.binding)) in same]


def _row(keys: Sequence[str], active: dict[str, ActiveBinding], line: str = "") -> Listed:
    """One row; what moves is said in the words of the key line, which knows among what."""
    first = active[keys[0]]
    names = " ".join(shown(key) for key in keys)
    words = words_of(first.node, first.binding)
    if not is_act(first.binding):
        return Listed(names, words if _own_words(first.node, first.binding) else line or words)
    return Listed(names, words, first.binding.action, first.node)


def is_act(binding: Binding) -> bool:
    """Whether the palette offers it: not what only moves, and not the palette itself."""
    return binding.show and binding.action not in (_NEXT, _PREVIOUS, "command_palette")


# --- the table --------------------------------------------------------------------------------


class KeyTable(Dialog[None]):
    """One line per key; any of the usual ways out closes it."""

    ALLOW_SELECT: ClassVar[bool] = False
    # The scrollbar's glyphs are missing from console fonts; the border says that there is more.
    DEFAULT_CSS: ClassVar[str] = """
    KeyTable .dialog { scrollbar-size-vertical: 0; }
    KeyTable .dialog > Static { height: auto; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,enter,question_mark,space,f1", "close", marked("Back")),
        Binding("up", "roll(-1)", marked("Move"), show=False),
        Binding("down", "roll(1)", marked("Move"), show=False),
        Binding("pageup", "roll(-1, True)", marked("Move"), show=False),
        Binding("pagedown", "roll(1, True)", marked("Move"), show=False),
    ]

    def __init__(self, keys: Sequence[Listed]) -> None:
        super().__init__()
        self._keys = keys

    def compose(self) -> ComposeResult:
        """What a subclass says first, the table, and how to leave it."""
        with VerticalScroll(classes="dialog", can_focus=False) as dialog:
            dialog.border_title = self.title_words()
            yield from self.first()
            yield Static(_table(self._keys, _ROOMY), id="keys", markup=False)
        yield KeyLine([("Esc", _("back"))])

    def title_words(self) -> Content:
        """What stands in the border."""
        return Content(_("Keys"))

    def first(self) -> ComposeResult:
        """What stands above the table."""
        yield from ()

    def on_resize(self, _event: Resize) -> None:
        """Words break elsewhere, and there may be more than is in sight."""
        self.query_one("#keys", Static).update(_table(self._keys, self._pane.content_size.width))
        self.call_after_refresh(self._tell_more)

    def on_mount(self) -> None:
        """The same at first."""
        self.call_after_refresh(self._tell_more)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """There may be nothing to move."""
        return action != "roll" or (self.is_mounted and self._pane.max_scroll_y > 0)

    def action_roll(self, step: int, page: bool = False) -> None:
        """Move the text, at once: keys that come together would undo one another."""
        pane = self._pane
        lines = step * (pane.size.height - 1 if page else 1)
        pane.scroll_to(y=pane.scroll_y + lines, animate=False, immediate=True)
        self._tell_more()

    @property
    def _pane(self) -> VerticalScroll:
        return self.query_one(".dialog", VerticalScroll)

    def _tell_more(self) -> None:
        pane = self._pane
        more = {(True, True): _("more ↑ ↓"), (True, False): _("more ↑"), (False, True): _("more ↓")}
        said = more.get((pane.scroll_y > 0, pane.scroll_y < pane.max_scroll_y), "")
        pane.border_subtitle = Content(said)
        moving = [("↑↓", _("more"))] if said else []
        self.query_one(KeyLine).say([*moving, ("Esc", _("back"))])

    def action_close(self) -> None:
        """Back."""
        self.leave(None)


def _table(keys: Sequence[Listed], room: int) -> Content:
    """One line per key; in little ``room`` the words of many keys together stand below them."""
    named = [(spoken(entry.keys), entry.words) for entry in keys]
    width = max((len(name) for name, _words in named), default=0) + _GAP
    if 2 * width > room:
        width = min(width, room // 4 + _GAP)
    below = "\n" + " " * width
    lines = []
    for name, words in named:
        key = name.ljust(width) if len(name) < width else name + below
        lines.append(Content.assemble((key, "bold"), below.join(wrap(words, max(1, room - width)))))
    return Content("\n").join(lines)
