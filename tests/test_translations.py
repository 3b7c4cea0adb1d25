"""French and German are complete: what the source says is what the catalogues translate, and they fit."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message

from tests.terminal.console_glyphs import GLYPHS
from vestibule import i18n
from vestibule.i18n import LANGUAGES, SOURCE, following, ngettext, pgettext, preferred
from vestibule.text import visible

HERE = Path(__file__).parent.parent
sys.path.insert(0, str(HERE / "tui"))
from _build.catalogues import COMMAND, PACKAGE, catalogue, compiled, extracted, forms, po_files  # noqa: E402

OTHERS = [language for language in LANGUAGES if language != SOURCE]
PLACEHOLDER = re.compile(r"%(?:\(\w+\))?[-+ #0]*\d*(?:\.\d+)?[a-zA-Z%]|\{\w*\}")
RICH = frozenset("✓○\n")
"""Beyond the console's glyphs: marks that sentences about them name, and argparse's end of a line."""
AT_IMPORT = {"_", "ngettext", "pgettext"}


def po(language: str) -> Path:
    return PACKAGE / "locale" / language / "LC_MESSAGES" / "vestibule.po"


@cache
def source() -> Catalog:
    return extracted()


@cache
def translated(language: str) -> Catalog:
    return catalogue(po(language))


def entries(catalog: Catalog) -> list[Message]:
    return [entry for entry in catalog if entry.id]


def pairs(language: str) -> Iterator[tuple[str, str]]:
    """Every English text with its translation; the plural stands beside all forms but the first."""
    for entry in entries(translated(language)):
        originals, others = forms(entry.id), forms(entry.string)
        yield from ((originals[min(at, len(originals) - 1)], other) for at, other in enumerate(others))


@pytest.fixture
def speak() -> Iterator[None]:
    """Whatever a test speaks, the next one begins in English."""
    yield
    i18n.use(SOURCE)


# --- the catalogues ---------------------------------------------------------------------------


def test_there_is_a_catalogue_for_every_language() -> None:
    assert [path.parts[-3] for path in po_files()] == sorted(OTHERS)


@pytest.mark.parametrize("language", OTHERS)
def test_all_that_the_source_says_is_translated(language: str) -> None:
    said = {(entry.context, entry.id) for entry in entries(source())}
    known = {(entry.context, entry.id) for entry in entries(translated(language))}
    bare = {entry.id for entry in entries(translated(language)) if not all(forms(entry.string))}
    why = f"run: {COMMAND} – then translate what is empty, and run it again"
    assert (sorted(map(str, said - known)), sorted(map(str, known - said))) == ([], []), why
    assert sorted(map(str, bare)) == [], why
    assert [entry.id for entry in entries(translated(language)) if entry.fuzzy] == []


@pytest.mark.parametrize("language", OTHERS)
def test_what_is_read_at_run_time_is_what_was_translated(language: str) -> None:
    made = po(language).with_suffix(".mo")
    assert made.exists(), f"run: {COMMAND}"
    assert made.read_bytes() == compiled(po(language)), f"run: {COMMAND}"


@pytest.mark.parametrize("language", OTHERS)
def test_translations_keep_what_is_filled_in(language: str) -> None:
    for english, other in pairs(language):
        assert sorted(PLACEHOLDER.findall(other)) == sorted(PLACEHOLDER.findall(english)), english


@pytest.mark.parametrize("language", OTHERS)
def test_translations_keep_the_space_around_them(language: str) -> None:
    for english, other in pairs(language):
        assert _edges(other) == _edges(english), english
        assert "  " not in other.strip(), other


def _edges(words: str) -> tuple[str, str]:
    return words[: len(words) - len(words.lstrip())], words[len(words.rstrip()) :]


@pytest.mark.parametrize("language", OTHERS)
def test_translations_can_be_shown_everywhere(language: str) -> None:
    """On a console, too; and text.py must not find anything hidden in them."""
    for _english, other in pairs(language):
        assert set(other) <= GLYPHS | RICH, other
        assert visible(other.strip("\n"), len(other)) == other.strip("\n")


# --- the source -------------------------------------------------------------------------------


def test_nothing_is_translated_when_it_is_imported() -> None:
    """It would stay in the first language for good: mark it, and translate it where it is shown."""
    early = [ast.unparse(call) for tree in _trees() for call in _at_import(tree) if _name(call) in AT_IMPORT]
    assert early == []


@cache
def _trees() -> list[ast.Module]:
    return [ast.parse(path.read_text()) for path in sorted(PACKAGE.rglob("*.py"))]


def _at_import(node: ast.AST) -> Iterator[ast.AST]:
    """What runs when the module is imported: all but the bodies of functions, with their defaults."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
        inside = node.body if isinstance(node.body, list) else [node.body]
        children = [child for child in ast.iter_child_nodes(node) if child not in inside]
    else:
        children = list(ast.iter_child_nodes(node))
    for child in children:
        yield child
        yield from _at_import(child)


def _name(node: ast.AST) -> str:
    return node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else ""


# --- speaking ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "numbers"),
    [("en", "0s 1 2s"), ("fr", "0 1 2s"), ("de", "0s 1 2s")],
)
@pytest.mark.usefixtures("speak")
def test_plurals_follow_the_rule_of_the_language(language: str, numbers: str) -> None:
    i18n.use(language)
    one, many = (ngettext("%d client", "%d clients", number) for number in (1, 5))
    assert one != many
    said = [str(n) + ("s" if ngettext("%d client", "%d clients", n) == many else "") for n in (0, 1, 2)]
    assert " ".join(said) == numbers


@pytest.mark.usefixtures("speak")
def test_one_english_word_may_be_several() -> None:
    i18n.use("de")
    assert pgettext("state of a client", "expired") == "abgelaufen"
    assert {i18n._("Home"), pgettext("a key", "Home")} == {"Start", "Pos1"}
    assert i18n._("") == ""


@pytest.mark.parametrize(
    ("environ", "chosen", "language"),
    [
        ({}, "", "en"),
        ({"LANG": "de_CH.UTF-8"}, "", "de"),
        ({"LANG": "it_CH.UTF-8"}, "", "en"),
        ({"LANG": "de_CH.UTF-8", "LC_MESSAGES": "fr_CH.UTF-8"}, "", "fr"),
        ({"LANG": "de_CH.UTF-8", "LC_ALL": "C.UTF-8"}, "", "en"),
        ({"LANG": "en_GB.UTF-8", "LANGUAGE": "it:fr:de"}, "", "fr"),
        ({"LANG": "en_GB.UTF-8"}, "de", "de"),
        ({"LANG": "en_GB.UTF-8", "VESTIBULE_LANGUAGE": "fr"}, "de", "fr"),
        ({"VESTIBULE_LANGUAGE": "klingon"}, "de", "de"),
    ],
)
def test_whose_language_is_spoken_first(environ: dict[str, str], chosen: str, language: str) -> None:
    assert preferred(environ, chosen) == language


def test_one_key_goes_round_all_languages() -> None:
    seen = [SOURCE]
    while (after := following(seen[-1])) != SOURCE:
        seen.append(after)
    assert seen == list(LANGUAGES)


# --- installed --------------------------------------------------------------------------------


@pytest.fixture
def clean_copy(tmp_path: Path) -> Path:
    """The project as Git has it: building it here must not change what other tests read."""
    copy = tmp_path / "clean"
    shutil.copytree(HERE / "tui", copy / "tui", ignore=shutil.ignore_patterns("*.mo", "__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(HERE / name, copy)
    return copy


def test_the_wheel_has_the_translations_ready(clean_copy: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel"]
    subprocess.run(build, cwd=clean_copy, check=True, capture_output=True)
    (wheel,) = clean_copy.glob("dist/*.whl")
    with zipfile.ZipFile(wheel) as files:
        for language in OTHERS:
            made = files.read(f"vestibule/locale/{language}/LC_MESSAGES/vestibule.mo")
            assert made == compiled(po(language))
        assert not [name for name in files.namelist() if name.endswith(".po") or "_build" in name]
