"""The OpenAPI document: made from the models that answers are built as, so that it says what they are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode, models_json_schema

from ocsp_staple_exporter.documents import Document
from ocsp_staple_exporter.web.api.examples import EXAMPLES
from ocsp_staple_exporter.web.api.problems import MEDIA_TYPE, STATUSES, Code, Problem
from ocsp_staple_exporter.web.api.query import EndpointsQuery

SERVER = "../v1"
"""Relative to the document's own address, so that it is right behind every prefix."""

JSON = "application/json"
REFERENCE = "#/components/schemas/{model}"

DESCRIPTION = """\
What ocsp-staple-exporter found out about the TLS servers that it watches.

Times are RFC 3339 in UTC. A field is never left out: `null` says that it is not known or that there is none.
New fields may come; when one changes its name or meaning, the version in the path goes up.
What certificates and servers contribute is escaped: a control character stands as `\\x1b`, a backslash as two.
Errors are `application/problem+json` (RFC 9457), told apart by their `code`.
"""

ID = {
    "name": "id",
    "in": "path",
    "required": True,
    "description": "The endpoint's id.",
    "schema": {"type": "string", "pattern": "^[0-9a-f]{16}$"},
    "example": "1b9afc2066929cc5",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """What one method of one path does."""

    method: str
    path: str
    """Below /api/v1, with `{id}` for an endpoint's."""

    name: str
    summary: str
    answer: type[Document] | None
    """None: an OpenAPI document."""

    query: type[BaseModel] | None = None
    problems: tuple[Code, ...] = ()
    takes_json: bool = False
    description: str = ""


def openapi(operations: Iterable[Operation], version: str) -> Mapping[str, Any]:
    """The document (OpenAPI 3.1) of these operations."""
    operations = tuple(operations)
    answers = [operation.answer for operation in operations if operation.answer is not None]
    paths: dict[str, dict[str, Any]] = {}
    for operation in operations:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "ocsp-staple-exporter",
            "version": version,
            "description": DESCRIPTION,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": SERVER, "description": "This exporter"}],
        "paths": paths,
        "components": {"schemas": _schemas([*answers, Problem])},
    }


def _operation(operation: Operation) -> Mapping[str, Any]:
    described: dict[str, Any] = {
        "operationId": operation.name,
        "summary": operation.summary,
        "responses": {"200": _answer(operation), **_problems((*operation.problems, Code.INTERNAL_ERROR))},
    }
    if operation.description:
        described["description"] = operation.description
    if parameters := [*([ID] if "{id}" in operation.path else ()), *_parameters(operation.query)]:
        described["parameters"] = parameters
    if operation.takes_json:
        content = {JSON: {"schema": {"description": "Anything: it is not read."}, "example": {}}}
        described["requestBody"] = {"required": True, "content": content}
    return described


def _answer(operation: Operation) -> Mapping[str, Any]:
    if operation.answer is None:
        return {"description": operation.summary, "content": {JSON: {"schema": {"type": "object"}}}}
    content = {"schema": _reference(operation.answer), "example": EXAMPLES[operation.answer].model_dump(mode="json")}
    return {"description": operation.summary, "content": {JSON: content}}


def _problems(codes: Sequence[Code]) -> Mapping[str, Any]:
    by_status: dict[int, list[Code]] = {}
    for code in codes:
        by_status.setdefault(STATUSES[code], []).append(code)
    content = {MEDIA_TYPE: {"schema": _reference(Problem)}}
    return {
        str(int(status)): {"description": " or ".join(f"`{code.value}`" for code in same), "content": content}
        for status, same in by_status.items()
    }


def _parameters(query: type[BaseModel] | None) -> list[Mapping[str, Any]]:
    if query is None:
        return []
    schemas = query.model_json_schema(ref_template=REFERENCE, schema_generator=_Schemas)["properties"]
    return [_parameter(name, field, dict(schemas[name])) for name, field in query.model_fields.items()]


def _parameter(name: str, field: FieldInfo, schema: dict[str, Any]) -> Mapping[str, Any]:
    """An array's items are repeated parameters, which is OpenAPI's default."""
    schema.pop("examples", None)
    described = {"name": name, "in": "query", "description": schema.pop("description"), "schema": schema}
    return described | ({"example": field.examples[0]} if field.examples else {})


def _reference(model: type[BaseModel]) -> Mapping[str, str]:
    return {"$ref": REFERENCE.format(model=model.__name__)}


def _schemas(answers: Iterable[type[BaseModel]]) -> Mapping[str, Any]:
    mode: JsonSchemaMode = "serialization"
    models = [(model, mode) for model in dict.fromkeys(answers)]
    models.append((EndpointsQuery, mode))  # the parameters refer to what it refers to
    _, document = models_json_schema(models, ref_template=REFERENCE, schema_generator=_Schemas)
    schemas: dict[str, Any] = document["$defs"]
    del schemas[EndpointsQuery.__name__]
    return schemas


class _Schemas(GenerateJsonSchema):
    """Pydantic's schemas without titles, which would repeat the names of fields."""

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ANN401, ARG002 - pydantic's signature
        return False
