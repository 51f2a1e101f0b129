"""Sample lines as Prometheus text 0.0.4 and 1.0.0 and OpenMetrics 1.0.0 all write them.

A gauge without unit, timestamp and exemplar looks the same in the three formats, so
one text serves every scraper. Labels are sorted by name, as client libraries do.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from prometheus_client.utils import floatToGoString

from ocsp_staple_exporter.model import Endpoint, ProbeResult

LESS_THAN_GO_SHORTENS = 1e6
"""Below it Go and Python write the same digits; from there on Go writes an exponent."""

Sample = tuple[tuple[str, ...], float]
"""The values of the family's own labels, and the value."""


@dataclass(frozen=True, slots=True)
class Family:
    """One metric of an endpoint: a gauge, with the labels of its target and those that tell it from its siblings."""

    name: str
    help: str
    labels: tuple[str, ...]
    """Label names beside those of the endpoint."""

    samples: Callable[[ProbeResult], Iterable[Sample]]
    known: tuple[str, ...] = ()
    """All values of its one label, in their order; none where they are not known beforehand."""

    heading: bytes = field(init=False)
    rows: tuple[tuple[str, ...], ...] = field(init=False)
    """The values of its labels in each sample that an endpoint can have; none where they are not known beforehand."""

    all_rows: frozenset[tuple[str, ...]] = field(init=False)

    def __post_init__(self) -> None:
        heading = f"# HELP {self.name} {self.help}\n# TYPE {self.name} gauge\n"
        object.__setattr__(self, "heading", heading.encode())
        rows = tuple((value,) for value in self.known) if self.labels else ((),)
        object.__setattr__(self, "rows", rows)
        object.__setattr__(self, "all_rows", frozenset(rows))


class EndpointLabels:
    """The labels that all series of an endpoint share, escaped once."""

    __slots__ = ("_names", "_pairs")

    def __init__(self, endpoint: Endpoint | None) -> None:
        """None: there are none, as for a probe whose target Prometheus names by relabelling."""
        pairs = (("target", endpoint.target), *endpoint.labels, *endpoint.fan_out) if endpoint else ()
        self._pairs = tuple(sorted((name, escape(value)) for name, value in pairs))
        self._names = frozenset(name for name, _ in self._pairs)

    def frame(self, names: Sequence[str]) -> tuple[bytes, ...]:
        """What stands between the metric's name and the value, but for the value of a label of that name, if there is.

        `{team="web",phase="` and `",target="a"} `, or `{target="a",team="web"} `.
        """
        pieces = self.around(*names) if names else (_braced(self._pairs),)
        return tuple([encode(piece) for piece in (*pieces[:-1], f"{pieces[-1]} ")])

    def around(self, name: str) -> tuple[str, str]:
        """The label set in braces before and after the value of one label of a family."""
        place = bisect_left(self._pairs, (name,))
        before, after = self._pairs[:place], self._pairs[place:]
        return f"{{{_joined((*before, (name, '')))[:-1]}", f'"{"," if after else ""}{_joined(after)}}}'

    def text(self, names: Sequence[str], values: Sequence[str]) -> str:
        """The label set in braces, with a family's own labels in their places.

        A label that tells the endpoint apart stays as it is: series are joined by it.
        """
        own = [(name, escape(value)) for name, value in zip(names, values, strict=True) if name not in self._names]
        return _braced(sorted((*self._pairs, *own)))


def numbers(family: Family, result: ProbeResult) -> list[bytes]:
    """For each row of the family the number and the end of the line; empty where there is no such sample.

    Raises ValueError for a sample that is in no row: the family's `known` lacks a value.
    """
    values = dict(family.samples(result))
    if not values.keys() <= family.all_rows:
        raise ValueError(f"{family.name}: {values.keys() - family.all_rows}")
    return [b"" if (value := values.get(row)) is None else f"{number(value)}\n".encode() for row in family.rows]


def render(family: Family, result: ProbeResult, labels: EndpointLabels) -> bytes:
    """The family's sample lines for one endpoint; empty where it has no sample."""
    samples = family.samples(result)
    if len(family.labels) == 1:
        before, after = labels.around(family.labels[0])
        lines = [f"{family.name}{before}{escape(own)}{after} {number(value)}\n" for (own,), value in samples]
    else:
        lines = [f"{family.name}{labels.text(family.labels, values)} {number(value)}\n" for values, value in samples]
    return encode("".join(lines))


def encode(text: str) -> bytes:
    """UTF-8. A lone surrogate, which only a configured name can hold, has none: it shows as `?`."""
    return text.encode("utf-8", "replace")


def number(value: float) -> str:
    """A value in Go's notation, as Prometheus and its client libraries write it."""
    if -LESS_THAN_GO_SHORTENS < value < LESS_THAN_GO_SHORTENS:
        return repr(float(value))
    text: str = floatToGoString(value)  # type: ignore[no-untyped-call]
    return text


def escape(value: str) -> str:
    """A label value between its quotes."""
    return value.replace("\\", r"\\").replace("\n", r"\n").replace('"', r"\"")


def _braced(pairs: Iterable[tuple[str, str]]) -> str:
    text = _joined(pairs)
    return f"{{{text}}}" if text else ""


def _joined(pairs: Iterable[tuple[str, str]]) -> str:
    return ",".join([f'{name}="{value}"' for name, value in pairs])
