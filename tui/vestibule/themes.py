"""Vestibule's own themes: every letter keeps its contrast, also when reduced to 256 colours.

All colours are of the 256 that terminals share, so that nothing changes where there are no more. With 16 or
none, letters and background are the terminal's own: whoever set it up can read them.
"""

from __future__ import annotations

from textual.theme import Theme

_PREFIX = "vestibule-"


def name_of(choice: str) -> str:
    """Textual's name for the theme that people call ``choice``."""
    return _PREFIX + choice


def choice_of(name: str) -> str:
    """What people call the theme that is Textual's ``name``."""
    return name.removeprefix(_PREFIX).removesuffix("-light")


def _of_colours(
    choice: str,
    dark: bool,
    paper: tuple[str, str, str],
    ink: str,
    quiet: str,
    signals: tuple[str, str, str, str],
) -> Theme:
    """``paper``: background, surface, panel; ``signals``: primary, error, warning, success."""
    primary, error, warning, success = signals
    background, surface, panel = paper
    return Theme(
        name=name_of(choice),
        primary=primary,
        secondary=primary,
        accent=warning,
        warning=warning,
        error=error,
        success=success,
        foreground=ink,
        background=background,
        surface=surface,
        panel=panel,
        dark=dark,
        # Textual would mix these with the background, each its own way.
        variables={
            "text": ink,
            "text-muted": quiet,
            "text-disabled": quiet,
            "text-primary": primary,
            "text-secondary": primary,
            "text-accent": warning,
            "text-warning": warning,
            "text-error": error,
            "text-success": success,
            "foreground-muted": quiet,
            "foreground-disabled": quiet,
            "block-cursor-foreground": background,
            "block-cursor-background": ink,
            "block-cursor-text-style": "bold",
            "block-cursor-blurred-foreground": ink,
            "block-cursor-blurred-background": surface,
            "block-cursor-blurred-text-style": "bold",
            "input-cursor-foreground": background,
            "input-cursor-background": ink,
            "input-selection-foreground": background,
            "input-selection-background": primary,
            "scrollbar": quiet,
            "scrollbar-hover": ink,
            "scrollbar-active": ink,
            "scrollbar-background": surface,
            "scrollbar-background-hover": surface,
            "scrollbar-background-active": surface,
            "scrollbar-corner-color": surface,
            "border": ink,
            "border-blurred": quiet,
        },
    )


def _of_terminal(choice: str, dark: bool, error: str, success: str) -> Theme:
    """In the terminal's own colours; the cursor is told by reverse video."""
    own = "ansi_default"
    return Theme(
        name=name_of(choice),
        primary=own,
        secondary=own,
        accent=own,
        warning=own,
        error=error,
        success=success,
        foreground=own,
        background=own,
        surface=own,
        panel=own,
        dark=dark,
        ansi=True,
        variables={
            "ansi-background": own,
            "ansi-foreground": own,
            "text-muted": own,
            "text-disabled": own,
            "block-cursor-foreground": own,
            "block-cursor-background": own,
            "block-cursor-text-style": "reverse",
            "block-cursor-blurred-text-style": "bold",
            "input-selection-background": own,
            "input-selection-foreground": own,
            "border": own,
            "border-blurred": own,
            "scrollbar": own,
            "scrollbar-hover": own,
            "scrollbar-active": own,
            "scrollbar-background": own,
            "scrollbar-background-hover": own,
            "scrollbar-background-active": own,
            "footer-key-foreground": own,
            "link-color": own,
            "link-color-hover": own,
            "link-background-hover": own,
            "screen-selection-background": own,
            "screen-selection-foreground": own,
        },
    )


DARK = _of_colours(
    "dark", True, ("#121212", "#1c1c1c", "#262626"), "#e4e4e4", "#a8a8a8",
    ("#5fafff", "#ff8787", "#ffaf5f", "#87d787"),
)  # fmt: skip
LIGHT = _of_colours(
    "light", False, ("#ffffff", "#eeeeee", "#e4e4e4"), "#1c1c1c", "#585858",
    ("#005faf", "#af0000", "#875f00", "#005f00"),
)  # fmt: skip
CONTRAST = _of_colours(
    "contrast", True, ("#000000", "#000000", "#000000"), "#ffffff", "#eeeeee",
    ("#ffff00", "#ffafaf", "#ffff00", "#afffaf"),
)  # fmt: skip
SIXTEEN = _of_terminal("16", True, "ansi_bright_red", "ansi_green")
SIXTEEN_LIGHT = _of_terminal("16-light", False, "ansi_red", "ansi_blue")
MONO = _of_terminal("mono", True, "ansi_default", "ansi_default")
ALL = (DARK, LIGHT, CONTRAST, SIXTEEN, SIXTEEN_LIGHT, MONO)
