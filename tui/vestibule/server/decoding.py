"""What a request says: its body, its query, the version it looked at."""

from __future__ import annotations

from typing import Any

import msgspec
from starlette.requests import Request

from vestibule.access.refused import Refused


async def read_body(request: Request, limit: int) -> bytes:
    """The body, refused as soon as it is too large: nothing of 10 MB is kept."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            raise Refused("body_too_large")
    return bytes(body)


def looked_at(request: Request) -> int:
    """The version in If-Match. One that cannot be a version is none in force."""
    tag = request.headers.get("if-match", "").strip()
    if not tag:
        raise Refused("version_needed")
    number = tag.removeprefix('"').removesuffix('"')
    return int(number) if number.isascii() and number.isdecimal() and len(number) < 10 else -1


def decode(shape: type[msgspec.Struct] | None, body: bytes) -> Any:
    """A body as ``shape``. Raises Refused: ``invalid`` with the field, ``malformed``."""
    if shape is None:
        return None
    try:
        return msgspec.json.decode(body, type=shape)
    except msgspec.ValidationError as error:
        raise invalid(error) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Refused("malformed") from None


def decode_query(shape: type[msgspec.Struct] | None, request: Request) -> Any:
    """The query as ``shape``. Raises Refused ``invalid`` with the field."""
    if shape is None:
        return None
    try:
        return msgspec.convert(dict(request.query_params), shape, strict=False)
    except msgspec.ValidationError as error:
        raise invalid(error) from None


def invalid(error: msgspec.ValidationError) -> Refused:
    """msgspec's message names the rule and the place, never the value."""
    message = str(error)
    _, _, place = message.rpartition(" - at `$.")
    field = place.removesuffix("`") if place != message else None
    return Refused("invalid", field=field, detail=message)
