from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, get_args

import pytest
from jsonschema_rs import Draft202012Validator, meta
from pydantic import BaseModel

from ocsp_staple_exporter.web.api import models
from ocsp_staple_exporter.web.api.examples import EXAMPLES
from ocsp_staple_exporter.web.api.openapi import SERVER, openapi
from ocsp_staple_exporter.web.api.problems import STATUSES, Code
from ocsp_staple_exporter.web.api.query import REPEATABLE, EndpointsQuery
from ocsp_staple_exporter.web.api.routes import OPERATIONS, PREFIX
from tests.api.site import serving_parts
from tests.web.made_parts import parts

DOCUMENT = openapi(OPERATIONS, "1.2.3")


def every(value: Any) -> Iterator[dict[str, Any]]:
    """All objects within a document."""
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    if isinstance(value, list):
        for each in value:
            yield from every(each)


async def test_the_document_is_served_as_it_is_made() -> None:
    async with serving_parts(parts()) as site:
        reply = await site.ask("/api/v1/openapi.json")
    assert reply.headers["Content-Type"] == "application/json"
    assert reply.json == json.loads(json.dumps(DOCUMENT))
    assert reply.json["info"]["version"] == "1.2.3"


def test_every_reference_leads_somewhere() -> None:
    references = {each["$ref"] for each in every(DOCUMENT) if "$ref" in each}
    assert references
    assert {reference.removeprefix("#/components/schemas/") for reference in references} <= set(
        DOCUMENT["components"]["schemas"]
    )


@pytest.mark.parametrize("name", DOCUMENT["components"]["schemas"])
def test_every_schema_is_one_and_says_what_it_is_about(name: str) -> None:
    schema = DOCUMENT["components"]["schemas"][name]
    meta.validate(schema)
    assert "enum" in schema or schema["description"]


@pytest.mark.parametrize("model", EXAMPLES, ids=lambda model: model.__name__)
def test_every_example_is_of_its_schema(model: type[BaseModel]) -> None:
    schema = {"$ref": f"#/components/schemas/{model.__name__}", "components": DOCUMENT["components"]}
    example = EXAMPLES[model].model_dump(mode="json")  # type: ignore[index]
    Draft202012Validator(schema).validate(example)
    del example["answered_at"]
    assert not Draft202012Validator(schema).is_valid(example)


def test_every_answer_is_described_with_an_example() -> None:
    assert {operation.answer for operation in OPERATIONS} == {*EXAMPLES, None}


def test_every_field_of_an_answer_is_required_and_null_where_it_is_not_known() -> None:
    for name, schema in DOCUMENT["components"]["schemas"].items():
        if name != "Problem":
            assert set(schema.get("required", ())) == set(schema.get("properties", ())), name


def test_every_operation_says_how_it_can_fail() -> None:
    for operation in OPERATIONS:
        described = DOCUMENT["paths"][operation.path][operation.method.lower()]
        statuses = {str(int(STATUSES[code])) for code in operation.problems} | {"200", "500"}
        assert set(described["responses"]) == statuses
        assert described["operationId"] == operation.name


def test_every_problem_of_a_handler_is_in_the_document() -> None:
    text = json.dumps(DOCUMENT["paths"])
    of_routing = {Code.NOT_FOUND, Code.METHOD_NOT_ALLOWED}
    assert {code for code in Code if f"`{code.value}`" in text} == set(Code) - of_routing


def test_the_parameters_are_those_that_are_read() -> None:
    parameters = DOCUMENT["paths"]["/endpoints"]["get"]["parameters"]
    assert [parameter["name"] for parameter in parameters] == list(EndpointsQuery.model_fields)
    arrays = {parameter["name"] for parameter in parameters if parameter["schema"]["type"] == "array"}
    assert arrays == REPEATABLE
    assert parameters[0]["schema"] == {"type": "integer", "default": 100, "minimum": 1, "maximum": 1000}


def test_the_server_stands_where_the_document_is() -> None:
    assert "../" + PREFIX.rpartition("/")[2] == SERVER


def test_fields_are_not_named_twice() -> None:
    assert not [
        each for each in every(DOCUMENT["components"]["schemas"]) if "title" in each.get("properties", {}).values()
    ]


def test_detail_has_all_fields_of_a_summary() -> None:
    assert set(models.Summary.model_fields) < set(models.Detail.model_fields)
    assert get_args(models.Detail.model_fields["diagnosis"].annotation)
