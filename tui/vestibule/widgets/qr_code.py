"""A QR code on the screen: as large as its area allows, whole or not at all."""

from __future__ import annotations

from enum import Enum
from textwrap import wrap
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style as RichStyle
from textual.filter import NoColor
from textual.geometry import Size
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from vestibule.i18n import _
from vestibule.render.qr import BLACK, WHITE, Fit, Ink, Matrix, Run, Style, dimensions, draw, fit, needed


class Choice(Enum):
    """The drawing style a person chose."""

    AUTOMATIC = "automatic"
    FULL = "full"
    HALF = "half"
    REVERSE = "reverse"


class QrCode(Widget):
    """Draws one code in black on white, whatever the theme; where it does not fit, says which size it needs.

    Nothing may lie over it: no toast, no scrollbar. ``content-align`` places the code in its area.
    """

    ALLOW_SELECT: ClassVar[bool] = False
    DEFAULT_CSS: ClassVar[str] = """
    QrCode { width: 1fr; height: 1fr; overflow: hidden; content-align: center top; }
    """

    class Fitted(Message):
        """Whether the code can be drawn has changed.

        ``needed``: the columns and rows of content it takes, None when it fits.
        ``hint``: a sentence to show beside a code that this terminal's font may spoil.
        """

        def __init__(
            self, qr_code: QrCode, fits: bool, needed: tuple[int, int] | None, hint: str | None
        ) -> None:
            super().__init__()
            self.qr_code = qr_code
            self.fits = fits
            self.needed = needed
            self.hint = hint

        @property
        def control(self) -> QrCode:
            """The widget that reports."""
            return self.qr_code

    def __init__(
        self, *, half_blocks: bool | None, id: str | None = None, classes: str | None = None
    ) -> None:
        """``half_blocks``: whether the terminal's font has ▀ and ▄; None when that is not known."""
        super().__init__(id=id, classes=classes)
        self._half_blocks = half_blocks
        self._matrix: Matrix | None = None
        self._text = ""
        self._choice = Choice.AUTOMATIC
        self._inverted = False
        self._fit: Fit | None = None
        self._strips: list[Strip] | None = None
        self._fitted_to: Size | None = None
        self._reported: tuple[bool, tuple[int, int] | None, str | None] | None = None

    @property
    def matrix(self) -> Matrix | None:
        """The code to draw."""
        return self._matrix

    @property
    def shown(self) -> bool:
        """Whether there is a code to draw, even when it does not fit."""
        return self._matrix is not None

    @property
    def drawn(self) -> Fit | None:
        """How the code is drawn at present; None when it is not."""
        return self._fit

    @property
    def choice(self) -> Choice:
        """The style in use; AUTOMATIC until :meth:`next_style`."""
        return self._choice

    @property
    def inverted(self) -> bool:
        """Whether dark and light are swapped."""
        return self._inverted

    def show(self, matrix: Matrix, text: str = "") -> None:
        """Draw ``matrix``; where it does not fit, ``text`` (what to do, say) stands under the needed size."""
        if (matrix, text) != (self._matrix, self._text):
            self._matrix, self._text = matrix, text
            self._redraw()

    def hide(self) -> None:
        """Draw nothing, and forget the code."""
        if self.shown:
            self._matrix, self._text = None, ""
            self._redraw()

    def next_style(self) -> Choice:
        """Go on to the next style and return it: automatic → full → half → reverse → automatic."""
        order = list(Choice)
        self._choice = order[(order.index(self._choice) + 1) % len(order)]
        self._redraw()
        return self._choice

    def toggle_invert(self) -> bool:
        """Swap dark and light, for a terminal that swaps them too; returns whether they are swapped now."""
        self._inverted = not self._inverted
        self._redraw()
        return self._inverted

    def on_resize(self) -> None:
        self._redraw()

    def notify_style_update(self) -> None:
        """Textual calls this when the theme or the CSS has changed."""
        super().notify_style_update()
        self._strips = None

    def render_line(self, y: int) -> Strip:
        """One row of the code, of the sentence in its place, or of nothing."""
        if self._fitted_to != self.content_size:
            # Painted between a change of layout and its Resize event: an old code would be clipped.
            self._choose_fit()
        if self._strips is None:
            self._strips = self._code_strips() if self._fit else self._text_strips()
        if y < len(self._strips):
            return self._strips[y]
        return Strip.blank(self.content_size.width, self._plain_style())

    def _redraw(self) -> None:
        self._choose_fit()
        self.refresh()

    def _choose_fit(self) -> None:
        """Fit the code to the present size and report when that changes anything for the screen."""
        size = self._fitted_to = self.content_size
        self._strips = self._fit = report = None
        if self._matrix is not None:
            if not size:
                return  # not laid out yet, or not displayed
            self._fit = fit(len(self._matrix), *size, self._half_blocks, self._only)
            report = (self._fit is not None, None if self._fit else self._needed(), self._hint())
        if report != self._reported:
            self._reported = report
            if report is not None:
                # To Textual whoever is running is the sender, and a parent is not told what it sent itself.
                self.post_message(self.Fitted(self, *report).set_sender(self))

    @property
    def _only(self) -> Style | None:
        return {Choice.FULL: Style.FULL, Choice.HALF: Style.HALF}.get(self._choice)

    def _needed(self) -> tuple[int, int]:
        return needed(len(self._matrix or ()), self._half_blocks, self._only)

    def _hint(self) -> str | None:
        doubtful = self._fit is not None and self._fit.style is Style.HALF and self._half_blocks is None
        if doubtful and self._choice is Choice.AUTOMATIC:
            return _("If the code looks broken, try another style.")
        return None

    def _plain_style(self) -> RichStyle:
        return self.visual_style.rich_style

    def _ink(self) -> Ink:
        # The filter, not the theme, decides: it is chosen once, and a change of theme does not take it away.
        colourless = any(isinstance(line_filter, NoColor) for line_filter in self.get_line_filters())
        if colourless or self._choice is Choice.REVERSE:
            return Ink.REVERSE
        return Ink.DARK_INK if self.app.console.color_system in ("standard", "windows") else Ink.COLOUR

    def _code_strips(self) -> list[Strip]:
        if self._matrix is None or self._fit is None:
            return []
        width, height = self.content_size
        columns, rows = dimensions(len(self._matrix), self._fit)
        left = _margin(self.styles.content_align_horizontal, width - columns)
        above = _margin(self.styles.content_align_vertical, height - rows)
        plain = self._plain_style()
        margin = [Segment(" " * left, plain)] if left else []
        lines = draw(self._matrix, self._fit, self._ink(), self._inverted)
        code = [Strip([*margin, *map(self._segment, line)], left + columns) for line in lines]
        strips = [Strip.blank(width, plain)] * above + code
        return [strip.adjust_cell_length(width, plain) for strip in strips]

    def _segment(self, run: Run) -> Segment:
        fg, bg = run.fg, run.bg
        if fg is None or bg is None:
            # Where the theme has colours, reverse video swaps these two; on a terminal without, its own.
            fg, bg = ("default", "default") if self.app.native_ansi_color else (WHITE, BLACK)
        return Segment(run.text, RichStyle(color=fg, bgcolor=bg, reverse=run.reverse))

    def _text_strips(self) -> list[Strip]:
        width, height = self.content_size
        if self._matrix is None or not width:
            return []
        columns, rows = self._needed()
        sentence = _(
            "The QR code needs %(columns)d columns × %(rows)d rows here, there are %(width)d × %(height)d. "
            "Make the window larger, or use the text."
        ) % {"columns": columns, "rows": rows, "width": width, "height": height}
        text = "".join(character if character.isprintable() else "�" for character in self._text)
        lines = wrap(sentence, width) + wrap(text, width)
        plain = self._plain_style()
        return [Strip([Segment(line, plain)]).adjust_cell_length(width, plain) for line in lines[:height]]


def _margin(align: str, spare: int) -> int:
    """Cells before the code when ``spare`` cells are left over."""
    return {"left": 0, "top": 0, "center": spare // 2, "middle": spare // 2}.get(align, spare)
