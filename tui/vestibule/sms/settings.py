"""Reads ``[sms]`` of the host's config.toml and makes the gateway it describes."""

from __future__ import annotations

import os
import re
import tomllib
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from vestibule.sms import kinds, presets
from vestibule.sms.channel import Channel
from vestibule.sms.kinds import Secret, SmsSettings, SmsSettingsError

__all__ = ["SmsSettings", "SmsSettingsError", "load", "make"]

KINDS: dict[str, type[SmsSettings]] = {
    "spool": kinds.Spool,
    "http": kinds.Http,
    "command": kinds.Command,
    "smtp": kinds.Smtp,
    "file": kinds.File,
}
# A header of these names holds a secret, whatever its value.
_TELLING_HEADERS = frozenset({"authorization", "proxy-authorization", "cookie", "x-api-key"})
_SECRET_LIMIT = 4096  # bytes
_AT = re.compile(r" - at `\$\.?(?P<key>[^`]*)`$")
# What msgspec says about types and names holds no value; anything else it says may.
_SAFE_WORDS = re.compile(
    r"Expected `[^`]*`( of length)?( (>=|<=|<|>) [\d.]+)?(, got `[^`]*`)?"
    r"|Object missing required field `.*`|Object contains unknown field `.*`"
)
S = TypeVar("S", bound=SmsSettings)


def load(path: Path) -> SmsSettings | None:
    """The gateway of the file at ``path``; ``None`` when there is no file or no ``[sms]`` in it.

    Raises ``SmsSettingsError``.
    """
    read = _read(path)
    if read is None:
        return None
    data, private = read
    table = _parsed(data).get("sms")
    if table is None:
        return None
    if not isinstance(table, dict):
        raise SmsSettingsError("not_a_table")
    shape, table = _shape(table)
    settings = _converted(_with_secrets(table, shape, path.parent, private), shape, path.parent)
    return settings.to_http() if isinstance(settings, presets.Preset) else settings


def make(settings: SmsSettings) -> Channel:
    """The gateway of ``settings``; nothing is sent or opened yet."""
    match settings:
        case kinds.Spool():
            from vestibule.sms.spool import SpoolChannel

            return SpoolChannel(settings)
        case kinds.Http():
            from vestibule.sms.http import HttpChannel

            return HttpChannel(settings)
        case kinds.Command():
            from vestibule.sms.command import CommandChannel

            return CommandChannel(settings)
        case kinds.Smtp():
            from vestibule.sms.smtp import SmtpChannel

            return SmtpChannel(settings)
        case kinds.File():
            from vestibule.sms.file import FileChannel

            return FileChannel(settings)
    raise TypeError(type(settings).__name__)


def _shape(table: dict[str, Any]) -> tuple[type[SmsSettings], dict[str, Any]]:
    """The kind that ``table`` speaks of, and the table as that kind wants it."""
    kind, preset = table.get("kind"), table.get("preset")
    if not isinstance(kind, str) or kind not in KINDS:
        raise SmsSettingsError("not_one_of", "kind", ", ".join(KINDS))
    if preset is None:
        return KINDS[kind], table
    if kind != "http":
        raise SmsSettingsError("preset_not_http", "preset")
    if not isinstance(preset, str) or preset not in presets.PRESETS:
        raise SmsSettingsError("not_one_of", "preset", ", ".join(presets.PRESETS))
    return presets.PRESETS[preset], {key: value for key, value in table.items() if key != "kind"}


def _with_secrets(
    table: dict[str, Any], shape: type[SmsSettings], folder: Path, private: bool
) -> dict[str, Any]:
    """``table`` with every ``…_file`` read; a secret that stands in an open config.toml is refused."""
    table = dict(table)
    for name in _secret_names(shape):
        file = table.pop(f"{name}_file", None)
        if file is not None and name in table:
            raise SmsSettingsError("given_twice", name)
        if name in table and not private:
            raise SmsSettingsError("secret_in_open_file", name)
        if file is not None:
            table[name] = _secret(f"{name}_file", file, folder)
    headers = table.get("headers")
    if not private and isinstance(headers, dict) and any(map(_tells, headers.items())):
        raise SmsSettingsError("secret_in_headers", "headers")
    return table


def _secret_names(shape: type[SmsSettings]) -> list[str]:
    return [field.encode_name for field in msgspec.structs.fields(shape) if field.type is Secret]


def _tells(header: tuple[str, Any]) -> bool:
    return header[0].lower() in _TELLING_HEADERS and "{" not in str(header[1])


def _secret(key: str, file: object, folder: Path) -> str:
    if not isinstance(file, str):
        raise SmsSettingsError("not_a_path", key)
    read = _read(folder / Path(file).expanduser(), key)
    if read is None:
        raise SmsSettingsError("file_missing", key)
    data, private = read
    if not private:
        raise SmsSettingsError("file_open", key)
    try:
        secret = data.decode().rstrip("\r\n")
    except UnicodeDecodeError:
        secret = ""
    if not secret or not secret.isprintable() or len(data) > _SECRET_LIMIT:
        raise SmsSettingsError("file_not_one_line", key)
    return secret


def _read(path: Path, key: str = "") -> tuple[bytes, bool] | None:
    """A file's bytes, and whether its owner, who is us or root, alone may read it; None: not there."""
    try:
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            data = file.read()
    except FileNotFoundError:
        return None
    except OSError as error:
        named, table = (key, "sms") if key else (path.name, "")
        raise SmsSettingsError("file_unreadable", named, error.strerror or "", table=table) from None
    return data, not status.st_mode & 0o077 and status.st_uid in (0, os.geteuid())


def _parsed(data: bytes) -> dict[str, Any]:
    try:
        return tomllib.loads(data.decode())
    except UnicodeDecodeError:
        raise SmsSettingsError("not_utf8", table="") from None
    except tomllib.TOMLDecodeError as error:
        place = re.search(r"\(at line (\d+), column \d+\)$", str(error))
        line = place[1] if place else str(data.count(b"\n") + 1)
        raise SmsSettingsError("not_toml", detail=line, table="") from None


def _converted(table: dict[str, Any], shape: type[S], folder: Path) -> S:
    def decode(wanted: type, value: Any) -> Any:
        if not isinstance(value, str) or not value:
            raise ValueError("empty, or not text")
        return Secret(value) if wanted is Secret else folder / Path(value).expanduser()

    try:
        return msgspec.convert(table, shape, dec_hook=decode)
    except msgspec.ValidationError as error:
        if isinstance(error.__cause__, SmsSettingsError):
            raise error.__cause__ from None
        raise _broken_rule(str(error), isinstance(error.__cause__, ValueError)) from None


def _broken_rule(words: str, empty: bool) -> SmsSettingsError:
    """msgspec's complaint, with the key apart and without any value."""
    place = _AT.search(words)
    key = place["key"] if place else ""
    words = _AT.sub("", words)
    if empty:
        return SmsSettingsError("empty", key)
    return SmsSettingsError("rule", key, words if _SAFE_WORDS.fullmatch(words) else "")
