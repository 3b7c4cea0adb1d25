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
    r"Expected `[^`]*`( of length)?( (>=|<=|<|>) [\d.]+)?(, got `[^`]*`)?|Object missing required field `.*`"
)
_UNKNOWN = re.compile(r"Object contains unknown field `(?P<key>.*)`")
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
        raise SmsSettingsError("[sms] must be a table.")
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
        raise SmsSettingsError(f"[sms] kind must be one of {', '.join(KINDS)}.")
    if preset is None:
        return KINDS[kind], table
    if kind != "http":
        raise SmsSettingsError('[sms] preset needs kind = "http".')
    if not isinstance(preset, str) or preset not in presets.PRESETS:
        raise SmsSettingsError(f"[sms] preset must be one of {', '.join(presets.PRESETS)}.")
    return presets.PRESETS[preset], {key: value for key, value in table.items() if key != "kind"}


def _with_secrets(
    table: dict[str, Any], shape: type[SmsSettings], folder: Path, private: bool
) -> dict[str, Any]:
    """``table`` with every ``…_file`` read; a secret that stands in an open config.toml is refused."""
    table = dict(table)
    for name in _secret_names(shape):
        file = table.pop(f"{name}_file", None)
        if file is not None and name in table:
            raise SmsSettingsError(f"[sms] {name} and {name}_file cannot both be given.")
        if name in table and not private:
            raise SmsSettingsError(
                f"[sms] {name} may stand in config.toml only if its owner alone can read it; use {name}_file."
            )
        if file is not None:
            table[name] = _secret(f"{name}_file", file, folder)
    headers = table.get("headers")
    if not private and isinstance(headers, dict) and any(map(_tells, headers.items())):
        raise SmsSettingsError(
            "[sms] headers hold a secret: let them say {password} and use password_file, "
            "or let config.toml be read by its owner alone."
        )
    return table


def _secret_names(shape: type[SmsSettings]) -> list[str]:
    return [field.encode_name for field in msgspec.structs.fields(shape) if field.type is Secret]


def _tells(header: tuple[str, Any]) -> bool:
    return header[0].lower() in _TELLING_HEADERS and "{" not in str(header[1])


def _secret(key: str, file: object, folder: Path) -> str:
    if not isinstance(file, str):
        raise SmsSettingsError(f"[sms] {key} must be the path of a file.")
    read = _read(folder / Path(file).expanduser(), key)
    if read is None:
        raise SmsSettingsError(f"[sms] {key} names a file that is not there.")
    data, private = read
    if not private:
        raise SmsSettingsError(f"[sms] {key} names a file that others can read; make its mode 0600.")
    try:
        secret = data.decode().rstrip("\r\n")
    except UnicodeDecodeError:
        secret = ""
    if not secret or not secret.isprintable() or len(data) > _SECRET_LIMIT:
        raise SmsSettingsError(f"[sms] {key} names a file that does not hold one line of text.")
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
        what = f"[sms] {key}" if key else "config.toml"
        raise SmsSettingsError(f"{what} cannot be read: {error.strerror}.") from None
    return data, not status.st_mode & 0o077 and status.st_uid in (0, os.geteuid())


def _parsed(data: bytes) -> dict[str, Any]:
    try:
        return tomllib.loads(data.decode())
    except UnicodeDecodeError:
        raise SmsSettingsError("config.toml is not UTF-8.") from None
    except tomllib.TOMLDecodeError as error:
        place = re.search(r"\(at [^)]*\)$", str(error))
        where = f" {place[0]}" if place else ""
        raise SmsSettingsError(f"config.toml is not TOML{where}.") from None


def _converted(table: dict[str, Any], shape: type[S], folder: Path) -> S:
    def decode(wanted: type, value: Any) -> Any:
        if not isinstance(value, str) or not value:
            raise SmsSettingsError(
                f"[sms] a {'secret' if wanted is Secret else 'path'} must be a filled string."
            )
        return Secret(value) if wanted is Secret else folder / Path(value).expanduser()

    try:
        return msgspec.convert(table, shape, dec_hook=decode)
    except msgspec.ValidationError as error:
        if isinstance(error.__cause__, SmsSettingsError):
            raise error.__cause__ from None
        raise SmsSettingsError(_sentence(str(error))) from None


def _sentence(words: str) -> str:
    """msgspec's complaint with the key first and without any value."""
    place = _AT.search(words)
    key = place["key"] if place else ""
    words = _AT.sub("", words)
    if unknown := _UNKNOWN.fullmatch(words):
        return f"[sms] {'.'.join(filter(None, (key, unknown['key'])))} is not a key of this kind."
    safe = words if _SAFE_WORDS.fullmatch(words) else "it is not what is expected there"
    return f"[sms] {key}: {safe}." if key else f"[sms] {safe}."
