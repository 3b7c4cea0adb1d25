"""The catalogues of translations: what the source says, the .po files, and the .mo files made of them.

``python tui/_build/catalogues.py`` brings the .po files in line with the source and compiles them; installing
compiles them too (hooks.py). New entries are empty then: translate them, and run it again.
"""

from __future__ import annotations

import sys
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

PACKAGE = Path(__file__).parents[1] / "vestibule"
DOMAIN = "vestibule"
COMMAND = "python tui/_build/catalogues.py"
KEYWORDS = {
    "_": None,
    "marked": None,
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
    "Binding": (3,),  # its description: the palette and the keys' table translate it
}
"""Calls whose arguments are texts for people, and which of their arguments."""
_WIDTH = 110


def extracted(package: Path = PACKAGE) -> Catalog:
    """Everything that the source says to people."""
    found = Catalog(domain=DOMAIN, project="Vestibule")
    calls = extract_from_dir(str(package), [("**.py", "python")], keywords=KEYWORDS)
    for file, _line, message, _comments, context in calls:
        found.add(message, locations=[(file, None)], context=context)  # type: ignore[list-item]
    return found


def po_files(package: Path = PACKAGE) -> list[Path]:
    """The catalogues, one per language."""
    return sorted(package.glob(f"locale/*/LC_MESSAGES/{DOMAIN}.po"))


def catalogue(po: Path) -> Catalog:
    """A catalogue as it stands. Raises PoFileError when it is none."""
    with po.open("rb") as file:
        return read_po(file, locale=po.parts[-3], domain=DOMAIN, abort_invalid=True)


def updated(po: Path, source: Catalog) -> bytes:
    """The file ``po`` with the entries of ``source``: new ones empty, old ones gone."""
    known = catalogue(po)
    source.creation_date = known.creation_date  # a file in which nothing changed stays as it is
    known.update(source, no_fuzzy_matching=True)
    written = BytesIO()
    write_po(written, known, width=_WIDTH, sort_by_file=True, ignore_obsolete=True)
    return written.getvalue()


def compiled(po: Path) -> bytes:
    """The .mo file that belongs to ``po``."""
    written = BytesIO()
    write_mo(written, catalogue(po))
    return written.getvalue()


def compile_all(package: Path = PACKAGE) -> None:
    """Write the .mo file of every catalogue."""
    for po in po_files(package):
        po.with_suffix(".mo").write_bytes(compiled(po))


def update_all(package: Path = PACKAGE) -> list[str]:
    """Bring every .po file in line with the source; what is not translated, by language."""
    missing = []
    for po in po_files(package):
        po.write_bytes(updated(po, extracted(package)))
        empty = [entry for entry in catalogue(po) if entry.id and not all(forms(entry.string))]
        missing += [f"{po.parts[-3]}: {entry.id!r}" for entry in empty]
    return missing


def forms(text: str | list[str] | tuple[str, ...] | None) -> list[str]:
    """The plural forms of a text, or the text."""
    return [text or ""] if isinstance(text, str | None) else list(text)


if __name__ == "__main__":
    untranslated = update_all()
    compile_all()
    sys.exit("\n".join(["Not translated yet:", *untranslated]) if untranslated else 0)
