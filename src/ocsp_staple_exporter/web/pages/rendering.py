"""Templates into answers, with the headers that every page has."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from aiohttp import hdrs, web
from jinja2 import Environment, PackageLoader, StrictUndefined

from ocsp_staple_exporter.diagnosis import SOFTWARE_NAMES, finished_in_words, reservation_about
from ocsp_staple_exporter.discovery import ListState
from ocsp_staple_exporter.web.pages import names, words
from ocsp_staple_exporter.web.pages.assets import path_of
from ocsp_staple_exporter.web.parts import About, Parts

HOME = "home"
"""The name of the list's route: where the site begins."""

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader(__package__),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.filters.update(
        foreign=words.foreign,
        finished=finished_in_words,
        reservation=reservation_about,
        shown=words.shown,
        span=words.span,
        relative=words.relative,
        clock=words.clock,
        moment=words.moment,
        since=words.since,
        seconds=words.seconds,
        every=words.every,
        in_pairs=words.in_pairs,
        prose=words.prose,
        groupby_in_order=_grouped,
    )
    environment.globals.update(
        state_names=names.STATES,
        state_stories=names.STATE_STORIES,
        tones=names.TONES,
        software_names=SOFTWARE_NAMES,
        phase_names=names.PHASES,
        style_sheet=path_of("style.css"),
        icon=path_of("icon.svg"),
    )
    return environment


def _grouped(items: Iterable[object], attribute: str) -> list[tuple[object, list[object]]]:
    """Items of the same kind together, the kinds in the order of their first items."""
    groups: dict[object, list[object]] = {}
    for item in items:
        groups.setdefault(getattr(item, attribute), []).append(item)
    return list(groups.items())


_ENVIRONMENT = _environment()

LISTS_SHOWN = 5
"""Of the lists that are ill: the API's status names all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What the frame around every page shows."""

    root: str
    """From the page to the beginning of the site: empty, or `../` some times."""

    about: About
    now: datetime
    problems: tuple[str, ...]
    """Why the configuration was not reloaded."""

    ill_lists: tuple[ListState, ...]
    """The first of the lists of targets that are not in force as they are now."""

    more_ill_lists: int
    """How many others there are."""

    @property
    def home(self) -> str:
        return self.root or "./"


def root_of(request: web.Request) -> str:
    """The way back to the beginning of the site, whatever lies before it: a route prefix or a proxy's path."""
    home = request.app.router[HOME].url_for()
    return "../" * max(0, request.rel_url.raw_path.count("/") - home.raw_path.count("/"))


def page(request: web.Request, parts: Parts, template: str, *, status: int = 200, **values: object) -> web.Response:
    """The rendered template. It shows the present, so nobody may keep it."""
    ill = tuple(state for state in parts.lists() if state.problems)
    frame = Frame(
        root=root_of(request),
        about=parts.about,
        now=parts.now(),
        problems=parts.last_loading().problems,
        ill_lists=ill[:LISTS_SHOWN],
        more_ill_lists=len(ill[LISTS_SHOWN:]),
    )
    text = _ENVIRONMENT.get_template(template).render(frame=frame, now=frame.now, **values)
    response = web.Response(
        status=status,
        body=text.encode("utf-8", "backslashreplace"),
        content_type="text/html",
        charset="utf-8",
        headers={hdrs.CACHE_CONTROL: "no-store", "Content-Security-Policy": CONTENT_SECURITY_POLICY},
    )
    response.enable_compression()
    return response
