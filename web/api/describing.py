"""GET /openapi.json: the description of the API, made from what its routes declare, of the application that serves it.

Nothing is written down twice: paths and their parts come from the routing table, bodies, parameters and replies from
their shapes, texts from the views' docstrings, who may from the permission that the route declares.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any

from flask import Flask, current_app
from pydantic import Field
from pydantic.json_schema import GenerateJsonSchema, models_json_schema
from werkzeug.routing import BaseConverter, Rule, UUIDConverter

from kb.actor import CITIZEN
from kb.people.permissions import Action, can
from web.api.contract import Route, Tag, route
from web.api.shapes.values import Body, Nothing, Shape
from web.auth import Rule as Permission
from web.replies import HEADER, LONGEST_KEY

PREFIX = "/api/v1"
_PART = re.compile(r"<(?:[^:<>]+:)?([^<>]+)>")
_SHAPES = "#/components/schemas/{model}"
_MADE = "kb.openapi"  # once for an application: its routes do not change
_ABOUT = (
    "Policy articles in, cited answers out. Without a token one asks as a citizen and sees public articles only; with "
    "a bearer token one sees what its user may see. Instants are ISO 8601; a date without a time is its midnight in "
    "the hotline's time zone. Offsets count characters of the revision's Markdown source. What is not described is "
    "refused: a misspelt `as_of` must not silently answer for today. Errors are RFC 9457 problem documents; too many "
    "requests get 429 with Retry-After.")
_SAID = {
    400: "The form or a value is wrong: `fields` says of each member what", 401: "No token, or one that is not known",
    403: "The token lacks the scope, or its user the right",
    404: "Not there, or not for this reader; the two are not told apart",
    409: "Its state does not allow it, somebody was first, or the first request with this Idempotency-Key is under way",
    412: "What is to be changed is no longer what was seen", 413: "The body is too large",
    415: "Not JSON in UTF-8", 422: "The Idempotency-Key came with another request", 428: "`If-Match` is missing",
    429: "Too often", 503: "Database or index cannot serve now: `code` and `detail` say why",
}
_LATER = {"Retry-After": {"schema": {"type": "integer"}, "description": "Seconds to wait, where that is known"}}
_TOLD: dict[int, dict[str, Any]] = {  # headers of problems
    401: {"WWW-Authenticate": {"schema": {"type": "string"}}}, 409: _LATER, 429: _LATER, 503: _LATER}


class Problem(Shape):
    """What is wrong and what to do (RFC 9457)."""

    type: str = Field(json_schema_extra={"format": "uri"})
    title: str
    status: int
    detail: str = Field(description="Says what to do, in the language of `Accept-Language`: zh or en")
    code: str = Field(description="For programs")
    fields: dict[str, str] = Field({}, description="Of members and parameters: what is wrong with each")
    error_id: str = Field("", description="Stands in the server's log beside the cause")


@route("GET", "/openapi.json", Action.READ, reply=None, tag=Tag.CONTENT)
def describe() -> dict[str, Any]:
    """This description"""
    made: dict[str, Any] | None = current_app.extensions.get(_MADE)
    if made is None:
        made = current_app.extensions[_MADE] = description(current_app)
    return made


class _Schemas(GenerateJsonSchema):
    """Without the titles that pydantic makes up."""

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002
        return False


def description(app: Flask) -> dict[str, Any]:
    """The OpenAPI document of the application's API."""
    routes = sorted(_routes(app), key=lambda found: (found[0].rule, found[1].method))
    shapes = {shape for _, contract, _ in routes for shape in (contract.body, contract.query, contract.reply)
              if shape not in (None, Nothing)}
    schemas = _schemas({*shapes, Problem})
    paths: dict[str, dict[str, Any]] = {}
    for rule, contract, view in routes:
        path = _PART.sub(r"{\1}", rule.rule.removeprefix(PREFIX))
        paths.setdefault(path, {})[contract.method.lower()] = _operation(rule, contract, view, schemas)
    queries = {contract.query.__name__ for _, contract, _ in routes}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Hotline knowledge base", "version": "1", "description": _ABOUT,
                 "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"}},
        "servers": [{"url": PREFIX}],
        "paths": paths,
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer",
                                          "description": "Made by `kb user token`; scopes ask, read, write, admin"}},
            "responses": {"Problem": {
                "description": "What is wrong and what to do",
                "content": {"application/problem+json": {"schema": {"$ref": _SHAPES.format(model="Problem")}}}}},
            "schemas": {name: schema for name, schema in schemas.items() if name not in queries},
        },
    }


def _routes(app: Flask) -> Iterator[tuple[Rule, Route, Any]]:
    for rule in app.url_map.iter_rules():
        view = app.view_functions[rule.endpoint]
        contract = getattr(view, "kb_route", None)
        if rule.rule.startswith(f"{PREFIX}/") and isinstance(contract, Route):
            yield rule, contract, view


def _schemas(shapes: set[type[Shape]]) -> dict[str, Any]:
    ordered = sorted(shapes, key=lambda shape: shape.__name__)
    _, found = models_json_schema([(shape, "validation") for shape in ordered], ref_template=_SHAPES,
                                  schema_generator=_Schemas)
    schemas: dict[str, Any] = found.get("$defs", {})
    for schema in schemas.values():
        schema.pop("title", None)
        for member in schema.get("properties", {}).values():
            if member.get("default", ...) in (None, "", [], {}):
                del member["default"]
    return dict(sorted(schemas.items()))


def _operation(rule: Rule, contract: Route, view: Any, schemas: Mapping[str, Any]) -> dict[str, Any]:
    summary, _, more = (view.__doc__ or "").strip().partition("\n\n")
    permission: Permission = view.kb_rule
    is_open = can(CITIZEN, permission.action)
    who = f"Needs a token with the scope `{permission.scope}`." if not is_open else \
        f"A token that is sent needs the scope `{permission.scope}`."
    first, *rest = view.__name__.split("_")
    found: dict[str, Any] = {
        "operationId": first + "".join(word.capitalize() for word in rest), "summary": " ".join(summary.split()),
        "description": " ".join(f"{more} {who}".split()),
        "security": [{}, {"token": []}] if is_open else [{"token": []}],
        "parameters": [*_path_parts(rule), *_query_parts(contract.query, schemas), *_headers(contract)],
        "responses": _replies(rule, contract, is_open=is_open)}
    if contract.body is not Nothing:
        schema = {"$ref": _SHAPES.format(model=contract.body.__name__)}
        found["requestBody"] = {"required": True, "content": {"application/json": {"schema": schema}}}
    return found


def _path_parts(rule: Rule) -> list[dict[str, Any]]:
    converters: dict[str, BaseConverter] = rule._converters
    return [{"name": name, "in": "path", "required": True, "schema": _part_schema(converters[name])}
            for name in _PART.findall(rule.rule)]


def _part_schema(converter: BaseConverter) -> dict[str, Any]:
    if isinstance(converter, UUIDConverter):
        return {"type": "string", "format": "uuid"}
    if isinstance(converter.to_python("1"), int):
        return {"type": "integer", "minimum": 1, "maximum": 999_999}
    return {"type": "string", "pattern": f"^{converter.regex}$"}


def _query_parts(query: type[Body], schemas: Mapping[str, Any]) -> list[dict[str, Any]]:
    schema = schemas.get(query.__name__, {})
    found = []
    for name, member in schema.get("properties", {}).items():
        value = {key: inner for key, inner in member.items() if key not in ("description", "anyOf")}
        options = [option for option in member.get("anyOf", ()) if option.get("type") != "null"]
        value |= options[0] if len(options) == 1 else {"anyOf": options} if options else {}
        described = member.get("description") or value.get("description")
        value.pop("description", None)
        needed = name in schema.get("required", ())  # an empty one counts as not given
        found.append({"name": name, "in": "query", "required": needed, "schema": value}
                     | ({} if needed else {"allowEmptyValue": True})
                     | ({"description": described} if described else {}))
    return found


def _headers(contract: Route) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    if contract.takes_key:
        found.append({"name": HEADER, "in": "header", "required": False,
                      "description": "A word of your own: sent again under it within a day, the request is not carried "
                                     "out again, and gets the same reply with Idempotent-Replayed",
                      "schema": {"type": "string", "pattern": f"^[ -~]{{1,{LONGEST_KEY}}}$"}})
    if contract.takes_version:
        found.append({"name": "If-Match", "in": "header", "required": True, "description": "The ETag that was seen",
                      "schema": {"type": "string", "pattern": '^"[0-9]{1,9}"$', "examples": ['"1"']}})
    if contract.tag is not None and not contract.changes:
        found.append({"name": "If-None-Match", "in": "header", "required": False,
                      "description": "An ETag that was given: what has not changed is not sent again",
                      "schema": {"type": "string"}})
    return found


def _replies(rule: Rule, contract: Route, *, is_open: bool) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "object"}
    if contract.reply is not None:
        schema = {"$ref": _SHAPES.format(model=contract.reply.__name__)}
    good: dict[str, Any] = {"description": " ".join((contract.reply.__doc__ or "").split()) if contract.reply else
                            "OpenAPI", "content": {"application/json": {"schema": schema}}}
    tag = {"ETag": {"schema": {"type": "string"}, "description": "Names this state of it"}}
    if contract.takes_key:
        good["headers"] = {"Idempotent-Replayed": {"schema": {"const": "true"}, "description": "It was given before"}}
    if contract.tag is not None:
        good["headers"] = good.get("headers", {}) | tag
    found: dict[str, Any] = {str(contract.status): good}
    if contract.tag is not None and not contract.changes:
        found["304"] = {"description": "Not changed", "headers": tag}
    for status in sorted({*_usual(rule, contract, is_open=is_open), *(contract.problems or {})}):
        said = (contract.problems or {}).get(status) or _SAID.get(status) or HTTPStatus(status).phrase
        problem: dict[str, Any] = {"description": said, "content": {"application/problem+json": {
            "schema": {"$ref": _SHAPES.format(model="Problem")}}}}
        found[str(status)] = problem | ({"headers": _TOLD[status]} if status in _TOLD else {})
    return found | {"default": {"$ref": "#/components/responses/Problem"}}


def _usual(rule: Rule, contract: Route, *, is_open: bool) -> Iterator[int]:
    """The problems that every route of its kind may answer with."""
    yield from (400, 401, 403, 429, 503)
    if rule.arguments:
        yield 404
    if contract.changes and not is_open:
        yield 409
    if contract.takes_key:
        yield from (409, 422)
    if contract.takes_version:
        yield from (412, 428)
    if contract.takes_body:
        yield from (413, 415)

