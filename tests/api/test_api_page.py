"""docs/api.md names every path, parameter and problem, and what it shows is what is answered."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from ocsp_staple_exporter.web.api.models import EndpointList
from ocsp_staple_exporter.web.api.openapi import Operation
from ocsp_staple_exporter.web.api.problems import STATUSES, Code
from ocsp_staple_exporter.web.api.query import EndpointsQuery
from ocsp_staple_exporter.web.api.routes import OPERATIONS, PREFIX
from tests.api.site import serving_parts
from tests.web.made_parts import parts

PAGE = (Path(__file__).parents[2] / "docs" / "api.md").read_text("utf-8")


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_every_path_is_on_the_page(operation: Operation) -> None:
    path = operation.path.replace("{id}", "ID")
    assert f"| `{operation.method} {PREFIX}{path}` |" in PAGE


def test_every_parameter_is_on_the_page() -> None:
    assert all(f"`{name}`" in PAGE for name in EndpointsQuery.model_fields)


def test_every_problem_is_on_the_page_with_its_status() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (\d+) \|", PAGE, flags=re.MULTILINE)
    assert rows == [(code.value, str(int(STATUSES[code]))) for code in Code]


def test_the_list_that_is_shown_is_one() -> None:
    shown = re.search(r"limit=1'\n(\{\n.*?\n\})\n```", PAGE, flags=re.DOTALL)
    assert shown
    document = json.loads(shown[1])
    assert EndpointList.model_validate(document).model_dump(mode="json") == document
    assert list(document["endpoints"][0]) == list(EndpointList.model_validate(document).endpoints[0].model_dump())


async def test_the_problem_that_is_shown_is_the_one_that_is_answered() -> None:
    async with serving_parts(parts()) as site:
        reply = await site.ask("/api/v1/endpoints?limit=5000")
    assert f"\n{reply.body.decode()}" in PAGE


@pytest.mark.parametrize("line", re.findall(r"^\$ curl -s 'http://127.0.0.1:10627(/probe\?\S*)'\n", PAGE, re.MULTILINE))
async def test_the_sentences_that_are_shown_are_those_that_are_answered(line: str) -> None:
    async with serving_parts(parts()) as site:
        sentence = (await site.ask(line)).body.decode()
    assert sentence.replace("known: default", "known: default and lab") in PAGE
