"""What a reader asked of the list: filter, order, page; from and to the query of a URL."""

from __future__ import annotations

import enum
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from multidict import MultiMapping

from ocsp_staple_exporter.diagnosis import State
from ocsp_staple_exporter.web.ranking import Selection

SHORTEST_REFRESH = 5
LONGEST_REFRESH = 3600
"""Seconds."""

MOST_DIGITS = 9
LONGEST_TEXT = 256


class BadQuery(ValueError):  # noqa: N818 - it is the reader's mistake, not an error of ours
    """The query asks for what cannot be; the message says what could."""


class Order(enum.Enum):
    """How the list is sorted. Values stand in URLs."""

    WORST_FIRST = "worst"
    NAME = "name"
    TIME_LEFT = "time_left"


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """Endpoints match that hold the text, are in one of the states and have all of the labels."""

    text: str = ""
    states: tuple[State, ...] = ()
    labels: tuple[tuple[str, str | None], ...] = ()
    """Name and value; None stands for any value."""

    order: Order = Order.WORST_FIRST
    page: int = 1
    refresh: int | None = None
    """Seconds after which a browser asks again."""

    @classmethod
    def parse(cls, query: MultiMapping[str]) -> Query:
        """Raises BadQuery. Empty values are what a form sends for inputs without one."""
        labels = map(_label, filter(str.strip, query.getall("label", ())))
        refresh = query.get("refresh", "")
        return cls(
            text=query.get("q", "").strip()[:LONGEST_TEXT],
            states=tuple(dict.fromkeys(map(_state, filter(None, query.getall("state", ()))))),
            labels=tuple(dict.fromkeys(labels)),
            order=_order(query.get("sort", "")),
            page=_number("page", query.get("page") or "1", 1, 10**MOST_DIGITS - 1),
            refresh=_number("refresh", refresh, SHORTEST_REFRESH, LONGEST_REFRESH) if refresh else None,
        )

    @property
    def selection(self) -> Selection:
        return Selection(states=self.states, text=self.text, labels=self.labels)

    @property
    def selects(self) -> bool:
        """Whether anything is asked of the endpoints."""
        return bool(self.text or self.states or self.labels)

    def url(self, **changes: Any) -> str:  # noqa: ANN401 - the fields' own types
        """The reference from the list to itself with these changes; any change but one of page begins at page 1."""
        pairs = list(_pairs(replace(self, **({"page": 1} | changes))))
        return "?" + urlencode(pairs, errors="replace") if pairs else "./"


def _pairs(query: Query) -> Iterator[tuple[str, str]]:
    if query.text:
        yield "q", query.text
    yield from (("state", state.value) for state in query.states)
    yield from (("label", written(*label)) for label in query.labels)
    if query.order is not Order.WORST_FIRST:
        yield "sort", query.order.value
    if query.refresh is not None:
        yield "refresh", str(query.refresh)
    if query.page != 1:
        yield "page", str(query.page)


def written(name: str, value: str | None) -> str:
    """A label as it is asked for: `team=web`, or `team` for any value."""
    return name if value is None else f"{name}={value}"


def _label(text: str) -> tuple[str, str | None]:
    name, equals, value = text.partition("=")
    return name.strip(), value if equals else None


def _state(word: str) -> State:
    try:
        return State(word)
    except ValueError:
        raise BadQuery(f"state must be one of {', '.join(state.value for state in State)}") from None


def _order(word: str) -> Order:
    try:
        return Order(word or Order.WORST_FIRST.value)
    except ValueError:
        raise BadQuery(f"sort must be one of {', '.join(order.value for order in Order)}") from None


def _number(name: str, word: str, least: int, most: int) -> int:
    if word.isascii() and word.isdecimal() and len(word) <= MOST_DIGITS and least <= int(word) <= most:
        return int(word)
    raise BadQuery(f"{name} must be a whole number from {least} to {most}")
