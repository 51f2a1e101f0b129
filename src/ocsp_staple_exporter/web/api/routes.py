"""What is asked of the API, and who answers."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Awaitable, Callable

import structlog
from aiohttp import hdrs, web

from ocsp_staple_exporter.documents import Document
from ocsp_staple_exporter.model import Endpoint
from ocsp_staple_exporter.schedule import NoLongerWatchedError
from ocsp_staple_exporter.web.api import building, models
from ocsp_staple_exporter.web.api.openapi import Operation, openapi
from ocsp_staple_exporter.web.api.problems import Code, ProblemError
from ocsp_staple_exporter.web.api.query import EndpointsQuery, read_query
from ocsp_staple_exporter.web.api.status import Status, status
from ocsp_staple_exporter.web.parts import Parts
from ocsp_staple_exporter.web.ranking import Ranking

PREFIX = "/api/v1"

BUILT_AT_ONCE = 100
"""Endpoints of a page that are described before probes go on: about 3 ms."""

HOW_TO_ENABLE = 'write "api: {probe: true}" into the config file and reload it'

OPERATIONS = (
    Operation(
        method="GET",
        path="/endpoints",
        name="listEndpoints",
        summary="The watched endpoints, the worst first",
        answer=models.EndpointList,
        query=EndpointsQuery,
        problems=(Code.INVALID_PARAMETER,),
    ),
    Operation(
        method="GET",
        path="/endpoints/{id}",
        name="getEndpoint",
        summary="One endpoint, and everything that its last probe saw",
        answer=models.Detail,
        problems=(Code.UNKNOWN_ENDPOINT,),
    ),
    Operation(
        method="POST",
        path="/endpoints/{id}/probe",
        name="probeEndpoint",
        summary="The endpoint after a probe that was made now",
        answer=models.Detail,
        problems=(
            Code.PROBING_DISABLED,
            Code.CROSS_SITE_REQUEST,
            Code.UNKNOWN_ENDPOINT,
            Code.UNSUPPORTED_MEDIA_TYPE,
        ),
        takes_json=True,
        description=(
            f"Off unless enabled: {HOW_TO_ENABLE}. The result is published like that of any probe; where one is under "
            "way already, its result is the answer. The Content-Type must be application/json, which a form of "
            "another site cannot send."
        ),
    ),
    Operation(
        method="GET",
        path="/status",
        name="getStatus",
        summary="The exporter itself",
        answer=Status,
    ),
    Operation(
        method="GET",
        path="/openapi.json",
        name="getOpenAPI",
        summary="This document",
        answer=None,
    ),
)

log = structlog.get_logger()


def routes(parts: Parts) -> list[web.RouteDef]:
    """Every path of the API; what it does not know below /api/ gets a problem document too."""
    site = _API(parts, parts.ranking)
    handlers: dict[str, Callable[[web.Request], Awaitable[Document]]] = {
        "listEndpoints": site.list_endpoints,
        "getEndpoint": site.get_endpoint,
        "probeEndpoint": site.probe_endpoint,
        "getStatus": site.get_status,
    }
    found = []
    for operation in OPERATIONS:
        handler = _answering(handlers[operation.name]) if operation.answer else _document(parts.about.version)
        found.append(web.route(operation.method, PREFIX + operation.path, handler))
        found.append(web.route("*", PREFIX + operation.path, _refusing(operation.method)))
    return [*found, web.route("*", "/api", _nowhere), web.route("*", "/api/{rest:.*}", _nowhere)]


class _API:
    """The handlers, each from a request to a document."""

    def __init__(self, parts: Parts, ranking: Ranking) -> None:
        self._parts = parts
        self._ranking = ranking

    async def list_endpoints(self, request: web.Request) -> models.EndpointList:
        query = read_query(request.query)
        page = await self._ranking.page(query.selection, offset=query.offset, limit=query.limit)
        now, end = self._parts.now(), query.offset + len(page.endpoints)
        summaries = []
        for endpoint in page.endpoints:
            summaries.append(building.summary(endpoint, self._parts.results.latest(endpoint.id), now))
            if len(summaries) % BUILT_AT_ONCE == 0:
                await asyncio.sleep(0)
        return models.EndpointList(
            answered_at=now,
            total=page.total,
            limit=query.limit,
            offset=query.offset,
            next_offset=end if end < page.total and page.endpoints else None,
            endpoints=tuple(summaries),
        )

    async def get_endpoint(self, request: web.Request) -> models.Detail:
        endpoint = self._endpoint(request)
        result, past = self._parts.results.latest(endpoint.id), self._parts.history.of(endpoint.id)
        return building.detail(endpoint, result, past, self._parts.now())

    async def probe_endpoint(self, request: web.Request) -> models.Detail:
        _refuse_other_sites(request)
        if not self._parts.config().probe_on_demand:
            raise ProblemError(Code.PROBING_DISABLED, f"probing through the API is not enabled: {HOW_TO_ENABLE}")
        endpoint = self._endpoint(request)
        try:
            result = await self._parts.probe_now(endpoint)
        except NoLongerWatchedError:
            detail = "the list or an address changed meanwhile: ask for the endpoint again"
            raise ProblemError(Code.UNKNOWN_ENDPOINT, detail) from None
        return building.detail(result.endpoint, result, self._parts.history.of(endpoint.id), self._parts.now())

    async def get_status(self, _request: web.Request) -> Status:
        return status(self._parts, await self._ranking.counts())

    def _endpoint(self, request: web.Request) -> Endpoint:
        endpoint_id = request.match_info["id"]
        endpoint = self._parts.results.watched.get(endpoint_id)
        if endpoint is None:
            shown = endpoint_id if re.fullmatch("[0-9a-f]{16}", endpoint_id) else "like that"
            raise ProblemError(Code.UNKNOWN_ENDPOINT, f"no endpoint has an id {shown}: {PREFIX}/endpoints lists them")
        return endpoint


def _refuse_other_sites(request: web.Request) -> None:
    """What a page of another site could make a browser send.

    A form cannot send application/json; a script that does is stopped by the browser, which asks
    with OPTIONS first and finds no permission (Fetch Standard, "CORS-preflight fetch").
    """
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}:
        raise ProblemError(Code.CROSS_SITE_REQUEST, "a page of another site may not have probes made")
    if request.content_type != "application/json":
        raise ProblemError(
            Code.UNSUPPORTED_MEDIA_TYPE,
            "send the header Content-Type: application/json (and any body), so that it is clear that no form of "
            "another site asks",
        )


def _answering(
    handler: Callable[[web.Request], Awaitable[Document]],
) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def answer(request: web.Request) -> web.Response:
        try:
            return _json((await handler(request)).model_dump_json().encode())
        except ProblemError as problem:
            return problem.response()
        except Exception:
            log.exception("a request broke: this is a bug of the exporter", path=request.path)
            return ProblemError(Code.INTERNAL_ERROR, "a bug of the exporter; its log has the traceback").response()

    return answer


def _document(version: str) -> Callable[[web.Request], Awaitable[web.Response]]:
    made: list[bytes] = []

    async def document(_request: web.Request) -> web.Response:
        if not made:
            made.append(json.dumps(openapi(OPERATIONS, version), indent=2, ensure_ascii=False).encode())
        return _json(made[0])

    return document


def _json(body: bytes) -> web.Response:
    headers = {hdrs.CONTENT_TYPE: "application/json", hdrs.CACHE_CONTROL: "no-store"}
    return web.Response(body=body + b"\n", headers=headers)


def _refusing(method: str) -> Callable[[web.Request], Awaitable[web.Response]]:
    allowed = "GET, HEAD" if method == "GET" else method

    async def refuse(request: web.Request) -> web.Response:
        detail = f"{request.method} is not for this path: it takes {allowed}"
        return ProblemError(Code.METHOD_NOT_ALLOWED, detail, allow=allowed).response()

    return refuse


async def _nowhere(_request: web.Request) -> web.Response:
    return ProblemError(Code.NOT_FOUND, f"there is nothing here: {PREFIX}/openapi.json says what there is").response()
