"""The OpenAPI 3.1 document, made from the routes' own declarations."""

import re
from functools import cache
from types import UnionType
from typing import Any, get_args

import msgspec
from chalice import Response

from chalicelib import plugins
from chalicelib.api.blueprint import ENDPOINTS, ApiBlueprint, Endpoint, Request
from chalicelib.api.resources import load_everything
from chalicelib.services.payment_ways import ON_SITE

routes = ApiBlueprint(__name__)
_VERSION = "1.0.0"
# Theirs is a tax platform, no payment company.
_OTHER_PROVIDERS = frozenset({"EInvoiceView"})
_PROBLEM = "#/components/schemas/ProblemDocument"


class ProblemError(msgspec.Struct):
    pointer: str
    detail: str


class ProblemDocument(msgspec.Struct, kw_only=True):
    """RFC 9457 problem document; `code` is stable, further members depend on it."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    code: str
    request_id: str
    errors: list[ProblemError] = []


@routes.get("/openapi.json", summary="This document", access="public")
def read_openapi(request: Request[None]) -> Response:
    del request
    return Response(
        body=msgspec.json.encode(document()).decode(),
        headers={"Content-Type": "application/json; charset=utf-8", "Cache-Control": "no-cache"},
        status_code=200,
    )


@cache
def document() -> dict[str, Any]:
    load_everything()
    types = {t for e in ENDPOINTS for t in (e.body, e.returns) if t not in {None, bytes}}
    members = sorted({ProblemDocument} | {m for t in types for m in _members(t)}, key=str)
    schemas, components = msgspec.json.schema_components(
        members, ref_template="#/components/schemas/{name}"
    )
    for name, schema in components.items():
        if name not in _OTHER_PROVIDERS and "provider" in schema.get("properties", {}):
            schema["properties"]["provider"] |= {"enum": _providers()}
    schema_of = dict(zip(members, schemas, strict=True))
    references = {t: _one_of([schema_of[m] for m in _members(t)]) for t in types}
    paths: dict[str, dict[str, Any]] = {}
    for endpoint in ENDPOINTS:
        operation = _operation(endpoint, references)
        paths.setdefault(endpoint.path, {})[endpoint.method.lower()] = operation
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Docket",
            "version": _VERSION,
            "description": "Self-service ordering: orders, payments, fulfillment, exceptions.",
        },
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer"},
                "guest": {
                    "type": "apiKey",
                    "in": "header",
                    "name": "Authorization",
                    "description": "`Guest <token>`: good for one order.",
                },
            },
        },
    }


def _providers() -> list[str]:
    """Each that Docket knows, configured here or not: clients make types of them."""
    return sorted({*plugins.names("providers"), ON_SITE})


def _members(wanted: Any) -> tuple[Any, ...]:
    """The types of a union; msgspec describes no union of untagged Structs."""
    return get_args(wanted) if isinstance(wanted, UnionType) else (wanted,)


def _one_of(schemas: list[dict[str, Any]]) -> dict[str, Any]:
    return schemas[0] if len(schemas) == 1 else {"oneOf": schemas}


def _operation(endpoint: Endpoint, references: dict[Any, Any]) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": endpoint.view
        if endpoint.view != "act"
        else f"{endpoint.path.rpartition('/')[2]}_order",
        "summary": endpoint.summary,
        "tags": list(endpoint.tags),
        "parameters": _parameters(endpoint),
        "responses": {
            str(endpoint.status): _success(endpoint, references),
            "default": _refusal(endpoint),
        },
        "security": _security(endpoint),
    }
    if endpoint.roles:
        operation["x-roles"] = list(endpoint.roles)
    if endpoint.body is bytes:
        operation["requestBody"] = {"content": {"*/*": {"schema": {"type": "string"}}}}
    elif endpoint.body is not None:
        operation["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": references[endpoint.body]}},
        }
    return operation


def _success(endpoint: Endpoint, references: dict[Any, Any]) -> dict[str, Any]:
    if endpoint.returns is None:
        return {"description": "Done"}
    schema = references[endpoint.returns]
    return {"description": "Done", "content": {"application/json": {"schema": schema}}}


def _refusal(endpoint: Endpoint) -> dict[str, Any]:
    """To a payment company in its own words, to everybody else as a problem document."""
    content: dict[str, Any] = {"application/problem+json": {"schema": {"$ref": _PROBLEM}}}
    if endpoint.path.startswith("/v1/webhooks/payments/"):
        content |= {"application/json": {}, "text/plain": {}}
    return {"description": "A problem document", "content": content}


def _security(endpoint: Endpoint) -> list[dict[str, list[str]]]:
    if endpoint.access == "public":
        return [{}, {"bearer": []}]
    return [{"bearer": []}, {"guest": []}] if endpoint.access == "guest" else [{"bearer": []}]


def _path_schema(name: str) -> dict[str, Any]:
    if name == "provider":
        return {"type": "string", "enum": list(plugins.names("providers"))}
    return {"type": "string"}


def _parameters(endpoint: Endpoint) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": _path_schema(name)}
        for name in re.findall(r"{(\w+)}", endpoint.path)
    ]
    if endpoint.query is not None:
        schema = msgspec.json.schema(endpoint.query)
        body = next(iter(schema["$defs"].values()))
        found += [
            {
                "name": name,
                "in": "query",
                "required": name in body.get("required", []),
                "schema": part,
            }
            for name, part in body["properties"].items()
        ]
    if endpoint.method == "POST":
        found.append(
            {
                "name": "Idempotency-Key",
                "in": "header",
                "required": endpoint.key_required,
                "schema": {"type": "string", "minLength": 1, "maxLength": 255},
            }
        )
    return found
