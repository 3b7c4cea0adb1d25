"""``/j/CODE``: where an onboarding QR leads. It tells how to sign in, and spends nothing.

It does not look the code up: a page that said whether a code works would be a way to guess.
"""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from vestibule.access.codes import normal
from vestibule.access.crockford import grouped
from vestibule.access.refused import Refused
from vestibule.access.settings import setting
from vestibule.i18n import LANGUAGES, current, in_language, marked
from vestibule.text import visible

if TYPE_CHECKING:
    from vestibule.server.app import Server

_PAGE = """<!doctype html><html lang="{language}"><head><meta charset="utf-8"><title>{site}</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex">
<style>body{{font:1.1rem/1.5 sans-serif;max-width:32rem;margin:3rem auto;padding:0 1rem}}
code{{font:bold 1.6rem monospace;white-space:nowrap}}</style></head>
<body><h1>{site}</h1><p>{intro}</p><p><code>{code}</code></p><p>{how}</p></body></html>"""
_INTRO = marked("Your one-time code:")
_HOW = marked("At the building's terminal choose OTP, type this code and your name. It works once.")
HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
    "X-Content-Type-Options": "nosniff",
}


def landing_routes(server: Server) -> list[Route]:
    """``GET /j/{code}``, in upper case too: that is how a QR code carries it."""

    async def endpoint(request: Request) -> Response:
        try:
            code = grouped(normal(request.path_params["code"]))
        except Refused:
            raise Refused("not_found") from None
        site = await to_thread.run_sync(_site_name, server)
        language = language_of(request)
        page = _PAGE.format(
            language=language,
            site=html.escape(visible(site)),
            intro=html.escape(in_language(language, _INTRO)),
            code=code,
            how=html.escape(in_language(language, _HOW)),
        )
        return HTMLResponse(page, headers=HEADERS)

    return [Route(f"/{letter}/{{code}}", endpoint, methods=["GET"]) for letter in "jJ"]


def language_of(request: Request) -> str:
    """The first language of the guest's browser that we speak, else the one spoken here."""
    asked = request.headers.get("accept-language", "").split(",")
    return next((name for part in asked if (name := part.strip()[:2].lower()) in LANGUAGES), current())


def _site_name(server: Server) -> str:
    with server.store.read() as tx:
        return str(setting(tx, "system_name"))
