"""/endpoints/ID: what the last probe of one endpoint saw, why it is ill, and how it is mended."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from aiohttp import web
from yarl import URL

from ocsp_staple_exporter import diagnosis
from ocsp_staple_exporter.diagnosis import Diagnosis, State, openssl_command, state_of
from ocsp_staple_exporter.explained import handshakes_in_words
from ocsp_staple_exporter.history import Past
from ocsp_staple_exporter.model import Endpoint, Observation, ProbeError, ProbeResult
from ocsp_staple_exporter.watchlist import Known
from ocsp_staple_exporter.web.pages import commands
from ocsp_staple_exporter.web.pages.bars import Validity, phases, validity_of
from ocsp_staple_exporter.web.pages.complaints import Complaint, complaints_of, verdict_of
from ocsp_staple_exporter.web.pages.downloads import file_name
from ocsp_staple_exporter.web.pages.findings import Sent, Staple, chain_of, staple_of
from ocsp_staple_exporter.web.pages.handshakes import Shaken, handshakes_of
from ocsp_staple_exporter.web.pages.names import phrase_of
from ocsp_staple_exporter.web.pages.query import Query
from ocsp_staple_exporter.web.pages.rendering import page, root_of
from ocsp_staple_exporter.web.parts import Parts

SIBLINGS_SHOWN = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Commands:
    """Lines to copy."""

    s_client: str
    read_staple: str
    judge_staple: str
    probe_now: str | None
    """None where nobody may ask for a probe."""


@dataclass(frozen=True, slots=True)
class Sibling:
    """Another endpoint of the same target."""

    endpoint: Endpoint
    state: State


@dataclass(frozen=True, slots=True, kw_only=True)
class Portrait:
    """All that the page shows of one endpoint."""

    endpoint: Endpoint
    state: State
    result: ProbeResult | None
    diagnosis: Diagnosis | None
    complaints: tuple[Complaint, ...]
    validity: Validity | None
    staple: Staple | None
    chain: list[Sent]
    handshakes: list[Shaken]
    """Empty where there was one."""

    handshakes_in_words: str | None
    history: list[tuple[Past, tuple[str, ...]]]
    """Each with its reasons in words."""

    commands: Commands
    siblings: tuple[Sibling, ...]
    more_siblings: int
    """Those that are left out."""

    known: Known | None
    """Of its addresses; None where only one is probed."""

    @property
    def observation(self) -> Observation | None:
        outcome = self.result.outcome if self.result else None
        return outcome if isinstance(outcome, Observation) else None

    @property
    def failure(self) -> ProbeError | None:
        outcome = self.result.outcome if self.result else None
        return outcome if isinstance(outcome, ProbeError) else None


def routes(parts: Parts) -> list[web.RouteDef]:
    async def show(request: web.Request) -> web.Response:
        endpoint = parts.results.watched.get(request.match_info["id"])
        if endpoint is None:
            return page(request, parts, "unknown_endpoint.html", status=404)
        return page(
            request,
            parts,
            "endpoint.html",
            seen=_portrait(request, parts, endpoint),
            phases=phases,
            label_url=lambda name, value: Query(labels=((name, value),)).url(),
        )

    return [web.get("/endpoints/{id}", show)]


def _portrait(request: web.Request, parts: Parts, endpoint: Endpoint) -> Portrait:
    result = parts.results.latest(endpoint.id)
    observation = result.outcome if result and isinstance(result.outcome, Observation) else None
    siblings = [each for each in parts.watch_list.endpoints_of(endpoint.target) if each.id != endpoint.id]
    return Portrait(
        endpoint=endpoint,
        state=state_of(result),
        result=result,
        diagnosis=diagnosis.diagnose(result) if result else None,
        complaints=complaints_of(result),
        validity=validity_of(verdict_of(result), parts.now()),
        staple=staple_of(result) if result else None,
        chain=chain_of(observation) if observation else [],
        handshakes=handshakes_of(observation) if observation else [],
        handshakes_in_words=handshakes_in_words(observation) if observation else None,
        history=list(_history(parts.history.of(endpoint.id))),
        commands=_commands(request, parts, endpoint),
        siblings=tuple(Sibling(each, state_of(parts.results.latest(each.id))) for each in siblings[:SIBLINGS_SHOWN]),
        more_siblings=len(siblings[SIBLINGS_SHOWN:]),
        known=parts.watch_list.known_of(endpoint.target),
    )


def _history(pasts: tuple[Past, ...]) -> Iterator[tuple[Past, tuple[str, ...]]]:
    for past in pasts:
        yield past, tuple(phrase_of(label, past.state) for label in past.reasons)


def _commands(request: web.Request, parts: Parts, endpoint: Endpoint) -> Commands:
    staple, chain = file_name(endpoint, "staple.der"), file_name(endpoint, "chain.pem")
    return Commands(
        s_client=openssl_command(endpoint),
        read_staple=commands.read_staple(staple),
        judge_staple=commands.judge_staple(staple, chain),
        probe_now=commands.probe_now(f"{_site(request, parts)}api/v1/endpoints/{endpoint.id}/probe")
        if parts.config().probe_on_demand
        else None,
    )


def _site(request: web.Request, parts: Parts) -> str:
    """The URL of the list: the one for people outside, else the one that this request came by."""
    if parts.about.external_url:
        return parts.about.external_url
    try:
        return str(request.url.with_query(None).with_fragment(None).join(URL(root_of(request) or "./")))
    except ValueError:  # a Host header that is none
        return "http://localhost:10627/"
