"""/: every endpoint, the worst first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from aiohttp import web

from ocsp_staple_exporter.diagnosis import State, state_of
from ocsp_staple_exporter.history import SOUND
from ocsp_staple_exporter.model import CertStatus, Endpoint, ProbeResult
from ocsp_staple_exporter.web.pages.bars import Stretch, Validity, stacked, validity_of
from ocsp_staple_exporter.web.pages.complaints import Complaint, complaints_of, verdict_of
from ocsp_staple_exporter.web.pages.ordering import by_name, by_time_left
from ocsp_staple_exporter.web.pages.query import BadQuery, Order, Query, written
from ocsp_staple_exporter.web.pages.rendering import page
from ocsp_staple_exporter.web.parts import Parts
from ocsp_staple_exporter.web.ranking import Page, Ranking

ROWS_ON_A_PAGE = 100
COMPLAINTS_SHOWN = 3
REFRESH_SECONDS = 30
"""What the link on the page asks for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One row of the table."""

    id: str
    endpoint: Endpoint
    state: State
    started_at: datetime | None
    validity: Validity | None
    cert_status: CertStatus | None
    complaints: tuple[Complaint, ...]
    more: int
    """Complaints that are left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What it all comes to."""

    counts: Mapping[State, int]
    """The worst first; states that no endpoint is in are left out."""

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    @property
    def ill(self) -> int:
        return sum(count for state, count in self.counts.items() if state not in SOUND and state is not State.WAITING)

    @property
    def warnings(self) -> int:
        return self.counts.get(State.WARNING, 0)

    @property
    def waiting(self) -> int:
        return self.counts.get(State.WAITING, 0)

    @property
    def stretches(self) -> Iterator[tuple[State, Stretch]]:
        return zip(self.counts, stacked([float(count) for count in self.counts.values()]), strict=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Paging:
    """Where in the list the page is."""

    page: int
    pages: int
    first: int
    """The number of the first row, from 1; 0 for an empty list."""

    last: int
    matching: int

    @classmethod
    def at(cls, page: int, matching: int) -> Paging:
        """A page behind the last becomes the last: lists get shorter while somebody reads."""
        pages = max(1, -(-matching // ROWS_ON_A_PAGE))
        page = min(page, pages)
        first = (page - 1) * ROWS_ON_A_PAGE
        last = min(first + ROWS_ON_A_PAGE, matching)
        return cls(page=page, pages=pages, first=first + 1 if matching else 0, last=last, matching=matching)

    @property
    def around(self) -> list[int | None]:
        """The pages to link to; None for a gap."""
        near = {1, self.pages, *range(max(1, self.page - 2), min(self.pages, self.page + 2) + 1)}
        shown: list[int | None] = []
        for number in sorted(near):
            if shown and shown[-1] != number - 1:
                shown.append(None)
            shown.append(number)
        return shown


def routes(parts: Parts, name: str) -> list[web.RouteDef]:
    ranking = parts.ranking

    async def show(request: web.Request) -> web.Response:
        try:
            query = Query.parse(request.query)
        except BadQuery as bad:
            return page(request, parts, "bad_query.html", status=400, message=str(bad))
        found = await _find(ranking, parts, query)
        paging = Paging.at(query.page, found.total)
        if paging.page != query.page:
            found = await _find(ranking, parts, replace(query, page=paging.page))
        counts, now = await ranking.counts(), parts.now()
        return page(
            request,
            parts,
            "list.html",
            query=query,
            paging=paging,
            lines=[line_of(endpoint, parts.results.latest(endpoint.id), now) for endpoint in found.endpoints],
            summary=Summary(counts={state: count for state, count in counts.items() if count}),
            modules=tuple(parts.config().modules),
            refresh_seconds=REFRESH_SECONDS,
            orders=Order,
            written=written,
        )

    return [web.get("/", show, name=name)]


async def _find(ranking: Ranking, parts: Parts, query: Query) -> Page:
    """The page of the list that the query asks for; none of the endpoints where it is behind the last."""
    offset = (query.page - 1) * ROWS_ON_A_PAGE
    if query.order is Order.WORST_FIRST:
        return await ranking.page(query.selection, offset=offset, limit=ROWS_ON_A_PAGE)
    endpoints = await _selected(ranking, parts, query)
    if query.order is Order.NAME:
        shown = await by_name(endpoints, offset=offset, limit=ROWS_ON_A_PAGE)
    else:
        shown = await by_time_left(endpoints, parts.results, offset=offset, limit=ROWS_ON_A_PAGE)
    return Page(len(endpoints), shown)


async def _selected(ranking: Ranking, parts: Parts, query: Query) -> tuple[Endpoint, ...]:
    """In no order."""
    watched = parts.results.watched
    if query.selects:
        return (await ranking.page(query.selection, offset=0, limit=len(watched))).endpoints
    return tuple(watched.values())


def line_of(endpoint: Endpoint, result: ProbeResult | None, now: datetime) -> Line:
    verdict, complaints = verdict_of(result), complaints_of(result)
    return Line(
        id=endpoint.id,
        endpoint=endpoint,
        state=state_of(result),
        started_at=result.started_at if result else None,
        validity=validity_of(verdict, now),
        cert_status=verdict.cert_status if verdict else None,
        complaints=complaints[:COMPLAINTS_SHOWN],
        more=len(complaints[COMPLAINTS_SHOWN:]),
    )
