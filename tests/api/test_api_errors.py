from __future__ import annotations

import pytest

from ocsp_staple_exporter.web.api.problems import STATUSES, Code
from tests.api.site import serving_parts
from tests.exposition import made_results as made
from tests.web.made_parts import parts

A = made.endpoint("a")


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
@pytest.mark.parametrize(
    "path", ["/api", "/api/", "/api/v1", "/api/v1/", "/api/v2/status", "/api/v1/status/", "/api/v1/endpoints/a/b"]
)
async def test_what_the_api_does_not_know_is_a_problem_document(path: str, method: str) -> None:
    async with serving_parts(parts()) as site:
        reply = await site.ask(path, method)
    assert (reply.status, reply.json["code"], reply.json["title"]) == (404, "not_found", "Not Found")
    assert reply.headers["Content-Type"] == "application/problem+json"
    assert set(reply.json) == {"type", "title", "status", "code", "detail"}


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("POST", "/api/v1/endpoints", "GET, HEAD"),
        ("DELETE", f"/api/v1/endpoints/{A.id}", "GET, HEAD"),
        ("GET", f"/api/v1/endpoints/{A.id}/probe", "POST"),
        ("HEAD", f"/api/v1/endpoints/{A.id}/probe", "POST"),
        ("OPTIONS", "/api/v1/status", "GET, HEAD"),
        ("TRACE", "/api/v1/openapi.json", "GET, HEAD"),
        ("PROPFIND", "/api/v1/status", "GET, HEAD"),
    ],
)
async def test_a_wrong_method_is_a_problem_document_and_names_the_right_ones(
    method: str, path: str, allowed: str
) -> None:
    async with serving_parts(parts([A])) as site:
        reply = await site.ask(path, method)
    assert (reply.status, reply.headers["Allow"]) == (405, allowed)
    assert reply.headers["Content-Type"] == "application/problem+json"
    if method != "HEAD":
        assert reply.json["code"] == "method_not_allowed"


async def test_a_path_outside_the_api_is_not_its_affair() -> None:
    async with serving_parts(parts()) as site:
        assert "json" not in (await site.ask("/apiary")).headers["Content-Type"]


@pytest.mark.parametrize("path", ["/api/v1/endpoints", f"/api/v1/endpoints/{A.id}", "/api/v1/status"])
async def test_answers_are_json_that_nobody_stores(path: str) -> None:
    async with serving_parts(parts([A])) as site:
        reply, head = await site.ask(path), await site.ask(path, "HEAD")
    assert reply.headers["Content-Type"] == "application/json"
    assert reply.headers["Cache-Control"] == "no-store"
    assert reply.headers["X-Content-Type-Options"] == "nosniff"
    assert (head.status, head.body) == (200, b"")


def test_every_problem_has_a_status() -> None:
    assert set(STATUSES) == set(Code)
