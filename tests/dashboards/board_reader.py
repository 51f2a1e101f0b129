"""What the tests read out of the committed dashboards."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

DIRECTORY = Path(__file__).parents[2] / "dashboards"
FILES = sorted(DIRECTORY.glob("*.json"))

SELECTOR = re.compile(r"(?P<metric>[a-zA-Z_:][\w:]*)\{(?P<matchers>[^{}]*)\}")

Model = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Query:
    dashboard: str
    panel: str
    letter: str
    expression: str
    instant: bool

    @property
    def name(self) -> str:
        return f"{self.dashboard}: {self.panel} {self.letter}"


def models() -> dict[str, Model]:
    """The dashboards by their uid."""
    return {model["uid"]: model for model in (json.loads(file.read_text()) for file in FILES)}


def panels(model: Model) -> list[Model]:
    """All that show data: headings do not."""
    return [panel for panel in model["panels"] if panel["type"] != "row"]


def variables(model: Model, kind: str = "") -> list[Model]:
    return [one for one in model["templating"]["list"] if kind in {"", one["type"]}]


def queries(model: Model) -> Iterator[Query]:
    for panel in panels(model):
        for target in panel["targets"]:
            yield Query(
                model["uid"], panel["title"], target["refId"], target["expr"], bool(target.get("instant", False))
            )


def substitute(expression: str, values: Mapping[str, str]) -> str:
    """Put in the values of variables, as Grafana does. Raises KeyError for one that is not given."""
    return re.sub(r"\$\{(\w+)(?::\w+)?\}|\$(\w+)", lambda found: values[found[1] or found[2]], expression)


GLOBALS = {"__rate_interval": "1m", "__range": "1h", "__interval": "15s"}
"""Grafana's own variables, for a dashboard that shows an hour."""

EVERYTHING = {
    "job": ".+",
    "target": ".+",
    "address": ".*",
    "key_type": ".*",
    "tls_version": ".*",
    "instance": ".+",
    "label": "job",
    "value": ".*",
    "window": "86400",
}
"""The variables as they are at first, All for each."""
