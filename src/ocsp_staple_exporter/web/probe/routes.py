"""Probes for whoever asks, within what the configuration permits."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import cache, partial
from http import HTTPStatus
from typing import Any

import structlog
from aiohttp import hdrs, web
from prometheus_client import CollectorRegistry

from ocsp_staple_exporter.config import Config
from ocsp_staple_exporter.config.hosts import is_address
from ocsp_staple_exporter.config.words import quoted
from ocsp_staple_exporter.exposition import Answers
from ocsp_staple_exporter.foreign_text import printable
from ocsp_staple_exporter.model import Endpoint, ProbeError, ProbeFailure, ProbeResult
from ocsp_staple_exporter.resolver import TooManyQuestionsError, for_a_stranger
from ocsp_staple_exporter.web.api.building import detail
from ocsp_staple_exporter.web.metrics import scrape_response
from ocsp_staple_exporter.web.negotiation import Format, negotiate
from ocsp_staple_exporter.web.parts import Parts
from ocsp_staple_exporter.web.probe.question import Question, cut, read_question
from ocsp_staple_exporter.web.probe.report import report

TIMEOUT_OFFSET = timedelta(seconds=0.5)
"""What a scrape needs beside the probe: the way here and back."""

SCRAPE_TIMEOUT = "X-Prometheus-Scrape-Timeout-Seconds"

SHARE_OF_PLACES = 1 / 4
"""Of `limits.probes_in_flight`: what is left to /probe however many probes of the list are under way."""

RETRY_AFTER_SECONDS = 1
CLIENT_CLOSED_REQUEST = 499
"""What nginx logs for it; nobody is there to read it."""

NOT_STORED = {hdrs.CACHE_CONTROL: "no-store"}

LOOK_FOR_CLIENT_SECONDS = 0.1
"""How often a long probe looks whether its client is still there. aiohttp would tell all handlers or none."""

log = structlog.get_logger()


def routes(parts: Parts, *, timeout_offset: timedelta = TIMEOUT_OFFSET) -> list[web.RouteDef]:
    places, answers = _Places(parts), Answers()

    async def probe(request: web.Request) -> web.Response:
        config = parts.config()
        try:
            question = read_question(request.query, config.modules)
        except ValueError as error:
            return _sentence(HTTPStatus.BAD_REQUEST, str(error))
        if not config.permission.may_permit(_asked_for(question.endpoint)):
            return _refuse(question.endpoint)
        if not places.free:
            return _sentence(HTTPStatus.SERVICE_UNAVAILABLE, "too many probes are under way: ask again in a moment")
        endpoint = cut(question.endpoint, request.headers.get(SCRAPE_TIMEOUT), timeout_offset)
        try:
            with places.taken(), for_a_stranger():
                result = await _while_connected(request, _probe(parts, config, endpoint))
        except TooManyQuestionsError:
            busy = "too many names are being looked up: ask again in a moment"
            return _sentence(HTTPStatus.SERVICE_UNAVAILABLE, busy)
        return await _answer(request, parts, answers, question, result)

    return [web.get("/probe", probe, allow_head=False)]


def _asked_for(endpoint: Endpoint) -> str:
    """What has to be permitted. An address is not the name's that stands beside it: it is permitted by itself."""
    return endpoint.address or endpoint.host


class _Places:
    """How many probes /probe may have under way: what the list's leave free, and always some."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._taken = 0

    @property
    def free(self) -> bool:
        limit = self._parts.config().limits.probes_in_flight
        left = limit - self._parts.own.progress.places_taken
        return self._taken < max(left, math.ceil(limit * SHARE_OF_PLACES))

    @contextmanager
    def taken(self) -> Iterator[None]:
        self._taken += 1
        try:
            yield
        finally:
            self._taken -= 1


async def _probe(parts: Parts, config: Config, endpoint: Endpoint) -> ProbeResult:
    started_at = parts.now()
    try:
        return await parts.probe(endpoint, may_connect=partial(config.permission.permits, _asked_for(endpoint)))
    except TooManyQuestionsError:
        raise
    except Exception as error:
        log.exception("a probe broke: this is a bug of the exporter", target=endpoint.target)
        detail = printable(f"{type(error).__name__}: {error}")
        outcome = ProbeError(ProbeFailure.INTERNAL_ERROR, detail)
        return ProbeResult(endpoint=endpoint, started_at=started_at, outcome=outcome)


async def _while_connected(request: web.Request, probing: Coroutine[Any, Any, ProbeResult]) -> ProbeResult | None:
    """The result; None, and the probe is cancelled, when the client goes away before."""
    watch = _ClientWatch(request)
    try:
        return await probing
    except asyncio.CancelledError:
        if watch.client_left:
            watch.task.uncancel()
            return None
        raise
    finally:
        watch.end()


class _ClientWatch:
    """Looks now and then whether the client is still there, and cancels the task that works for it if not."""

    def __init__(self, request: web.Request) -> None:
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("a request is answered by a task")
        self.task = task
        self.client_left = False
        self._request = request
        self._look_later()

    def end(self) -> None:
        self._timer.cancel()

    def _look_later(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(LOOK_FOR_CLIENT_SECONDS, self._look)

    def _look(self) -> None:
        transport = self._request.transport
        if transport is None or transport.is_closing():
            self.client_left = self.task.cancel()
        else:
            self._look_later()


async def _answer(
    request: web.Request, parts: Parts, answers: Answers, question: Question, result: ProbeResult | None
) -> web.Response:
    if result is None:
        return web.Response(status=CLIENT_CLOSED_REQUEST)
    if isinstance(result.outcome, ProbeError) and result.outcome.reason is ProbeFailure.ADDRESS_NOT_ALLOWED:
        log.info("probe refused", target=question.endpoint.target, detail=result.outcome.detail)
        return _refuse(question.endpoint, _where_it_leads(question.endpoint))
    families = answers.families(result, parts.now().timestamp())
    return _debug(parts, question, result, families) if question.debug else await _metrics(request, families)


async def _metrics(request: web.Request, families: Iterator[bytes]) -> web.Response:
    form, content_type = negotiate(",".join(request.headers.getall(hdrs.ACCEPT, ())))
    return await scrape_response(request, content_type, b"".join((*families, _end(form))))


@cache
def _end(form: Format) -> bytes:
    """What a text without families has: in OpenMetrics `# EOF`."""
    return form.write(CollectorRegistry())


def _debug(parts: Parts, question: Question, result: ProbeResult, families: Iterator[bytes]) -> web.Response:
    metrics = b"".join(families).decode()
    text = report(detail(result.endpoint, result, (), parts.now()), question.endpoint.module.timeout, metrics)
    return web.Response(text=text, headers=NOT_STORED)


def _where_it_leads(endpoint: Endpoint) -> str:
    proxy = endpoint.module.proxy
    if proxy and proxy.resolves and not is_address(_asked_for(endpoint)):
        return "is resolved by a proxy, so that neither networks nor refuse_private can be assured: it "
    return "leads to an address that "


def _refuse(endpoint: Endpoint, what: str = "") -> web.Response:
    """No address is named: who asks need not learn what a name leads to in our network."""
    where = 'see allow and refuse_private under "probe:" in the configuration of the exporter'
    return _sentence(HTTPStatus.FORBIDDEN, f"{quoted(_asked_for(endpoint))} {what}may not be asked for: {where}")


def _sentence(status: HTTPStatus, sentence: str) -> web.Response:
    headers = dict(NOT_STORED)
    if status is HTTPStatus.SERVICE_UNAVAILABLE:
        headers[hdrs.RETRY_AFTER] = str(RETRY_AFTER_SECONDS)
    return web.Response(status=status, text=f"{sentence}\n", headers=headers)
