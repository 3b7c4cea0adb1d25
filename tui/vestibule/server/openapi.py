"""The OpenAPI 3.1 document, made from the operations and the models."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from vestibule import __version__
from vestibule.access.refused import PROBLEMS
from vestibule.models import Events, Problem
from vestibule.server.events import EventsQuery
from vestibule.server.operation import STANDING, Needs, Operation

_ALWAYS: tuple[str, ...] = ("malformed", "unencrypted", "failed", "busy")
_ALWAYS += ("database_busy", "database_read_only", "database_damaged")
_STORE: tuple[str, ...] = ("disk_full", "files_unreadable", "key_wrong", "vault_damaged")
_STORE += ("database_unreachable", "database_refused", "invalid")
_SIGNED_IN: tuple[str, ...] = ("not_signed_in", "session_ended", "session_idle", "session_over")
_SIGNED_IN += (*STANDING, "second_factor_needed", "enrolment_needed")
_CLOUD: tuple[str, ...] = ("cloud_token_unknown",)
_IF_MATCH: dict[str, Any] = {"name": "If-Match", "in": "header", "required": True}
_IF_MATCH |= {"description": "The version looked at, in quotes", "schema": {"type": "string"}}
_ETAG: dict[str, Any] = {"ETag": {"description": "What the answer is of", "schema": {"type": "string"}}}


def document(operations: Sequence[Operation]) -> dict[str, Any]:
    """The whole document."""
    everything = [*operations, _EVENTS]
    models = _models(everything)
    _, components = msgspec.json.schema_components(models, ref_template="#/components/schemas/{name}")
    components["Problem"]["properties"]["code"] = {"enum": sorted(PROBLEMS)}
    paths: dict[str, dict[str, Any]] = {}
    for operation in everything:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _describe(operation)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Vestibule", "version": __version__},
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {"session": {"type": "http", "scheme": "bearer"}},
        },
    }


def document_route(operations: Sequence[Operation]) -> Route:
    """``GET /v1/openapi.json``."""

    @cache
    def encoded() -> bytes:
        return msgspec.json.encode(document(operations))

    async def endpoint(_request: Request) -> Response:
        return Response(encoded(), media_type="application/json")

    return Route("/v1/openapi.json", endpoint, methods=["GET"])


def _models(operations: Sequence[Operation]) -> list[type[msgspec.Struct]]:
    found: list[type[msgspec.Struct]] = [Problem]
    for operation in operations:
        shapes = (operation.body, operation.returns, operation.accepted)
        found += [shape for shape in shapes if shape and shape not in found]
    return found


def _describe(operation: Operation) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": operation.handler.__name__,
        "summary": operation.summary,
        "responses": {str(operation.status): _success(operation), **_refusals(operation)},
    }
    if operation.accepted:
        still = {"description": "A second factor is needed", "content": _json(operation.accepted)}
        described["responses"]["202"] = still
    if operation.needs is not Needs.ANYONE:
        described["security"] = [{"session": []}]
    if operation.body:
        described["requestBody"] = {"required": True, "content": _json(operation.body)}
    if operation.takes:
        described["requestBody"] = {"required": True, "content": {operation.takes: {}}}
    if operation.gives:
        described["responses"] |= _ranges(operation.gives)
    parameters = [*_path_parameters(operation.path), *_query_parameters(operation.query)]
    if operation.guarded:
        parameters.append(_IF_MATCH)
    if parameters:
        described["parameters"] = parameters
    return described


def _success(operation: Operation) -> dict[str, Any]:
    if operation.gives:
        return {"description": operation.summary, "content": {operation.gives: {}}, "headers": _ETAG}
    if operation.returns is None:
        return {"description": operation.summary}
    success = {"description": operation.summary, "content": _json(operation.returns)}
    return success | ({"headers": _ETAG} if operation.versioned else {})


def _ranges(media_type: str) -> dict[str, Any]:
    part = {"description": "The range asked for", "content": {media_type: {}}, "headers": _ETAG}
    return {"206": part, "416": {"description": "There is no such range"}}


def _refusals(operation: Operation) -> dict[str, Any]:
    codes = {*_ALWAYS, *_STORE, *operation.refusals}
    if operation.needs in (Needs.SESSION, Needs.ADMIN):
        codes |= {*_SIGNED_IN}
    if operation.needs is Needs.CLOUD:
        codes |= {*_CLOUD}
    if operation.needs is Needs.ADMIN:
        codes.add("admin_needed")
    if operation.guarded:
        codes |= {"version_needed", "version_stale"}
    if operation.body:
        codes |= {"body_too_large", "too_slow", "stopping"}
    if operation.takes:
        codes |= {"too_slow", "stopping"}
    by_status: dict[str, list[str]] = {}
    for code in sorted(codes):
        by_status.setdefault(str(PROBLEMS[code].status), []).append(code)
    return {status: _problem(codes) for status, codes in sorted(by_status.items())}


def _problem(codes: Sequence[str]) -> dict[str, Any]:
    narrowed = {"properties": {"code": {"enum": list(codes)}}}
    schema = {"allOf": [{"$ref": "#/components/schemas/Problem"}, narrowed]}
    return {"description": ", ".join(codes), "content": {"application/problem+json": {"schema": schema}}}


def _json(shape: type[msgspec.Struct]) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": f"#/components/schemas/{shape.__name__}"}}}


def _path_parameters(path: str) -> list[dict[str, Any]]:
    names = [part[1:-1] for part in path.split("/") if part.startswith("{")]
    return [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in names]


def _query_parameters(shape: type[msgspec.Struct] | None) -> list[dict[str, Any]]:
    if shape is None:
        return []
    _, components = msgspec.json.schema_components([shape])
    properties = components[shape.__name__]["properties"]
    return [
        {"name": name, "in": "query", "required": False, "schema": _inline(spec, components)}
        for name, spec in properties.items()
    ]


def _inline(spec: dict[str, Any], components: dict[str, Any]) -> dict[str, Any]:
    reference = spec.get("$ref")
    return dict(components[reference.rpartition("/")[2]]) if reference else spec


def get_events(_call: object) -> None:
    """Stands for the long poll in the list of operations; ``events.py`` answers it."""


_EVENTS = Operation(
    "GET",
    "/v1/events",
    get_events,
    "What changed; waits until something does",
    returns=Events,
    needs=Needs.SESSION,
    query=EventsQuery,
)
