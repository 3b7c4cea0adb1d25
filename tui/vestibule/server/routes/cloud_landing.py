"""``/s/SERIAL``: where a link through a cloud leads in a browser. It says what to do with it, and no more.

It does not look the serial number up: a page that said whether there is such a site would be a way to guess.
"""

from __future__ import annotations

import html

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from vestibule.i18n import in_language, marked
from vestibule.server.routes.landing import HEADERS, language_of

_PAGE = """<!doctype html><html lang="{language}"><head><meta charset="utf-8"><title>Vestibule</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex">
<style>body{{font:1.1rem/1.5 sans-serif;max-width:32rem;margin:3rem auto;padding:0 1rem}}</style></head>
<body><h1>Vestibule</h1><p>{what}</p><ol><li>{copy}</li><li>{open}</li><li>{paste}</li></ol><p>{code}</p>
</body></html>"""
_WORDS = {
    "what": marked("This link leads to a building. It is opened by the program Vestibule, not by a browser:"),
    "copy": marked("Copy the whole link from the address line, with all that stands behind the #."),
    "open": marked("In Vestibule open the list of sites with F4 and press a."),
    "paste": marked("Paste the link and press Enter. Vestibule finds the way to the building by itself."),
    "code": marked("A one-time code in the link is filled in there; it works once."),
}


def cloud_landing_routes() -> list[Route]:
    """``GET /s/{serial}``, in upper case too: that is how a QR code carries it."""

    async def endpoint(request: Request) -> Response:
        language = language_of(request)
        said = {name: html.escape(in_language(language, text)) for name, text in _WORDS.items()}
        return HTMLResponse(_PAGE.format(language=language, **said), headers=HEADERS)

    return [Route(f"/{letter}/{{serial}}", endpoint, methods=["GET"]) for letter in "sS"]
