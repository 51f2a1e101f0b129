"""What the dashboards make of a target that is probed as several endpoints."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from dashboards.generate.promql import Endpoints
from dashboards.generate.states import GOOD, INVALID
from tests.dashboards.board_reader import EVERYTHING, GLOBALS, models, queries, substitute
from tests.rules.story import SOUND, WWW, Host, Story, exporter

pytestmark = [pytest.mark.real_server, pytest.mark.usefixtures("needs_prometheus")]

ILL = replace(SOUND, errors=("signature_invalid",))
PARTS: Mapping[tuple[str, str], Host] = {
    ("192.0.2.1", "ecdsa"): SOUND,
    ("192.0.2.1", "rsa"): ILL,
    ("192.0.2.2", "ecdsa"): SOUND,
}


def sample(value: float, **labels: str) -> dict[str, object]:
    return {"labels": "{" + ",".join(f'{name}="{text}"' for name, text in labels.items()) + "}", "value": value}


def test_a_target_counts_once_with_its_worst_and_each_endpoint_can_be_chosen(tmp_path: Path) -> None:
    (table,) = (
        query.expression
        for query in queries(models()["ocsp-staple-endpoint"])
        if (query.panel, query.letter) == ("Endpoints", "A")
    )
    chosen = EVERYTHING | GLOBALS | {"target": WWW}
    hosts = [
        exporter({WWW: replace(host, labels={"address": address, "key_type": key_type})})
        for (address, key_type), host in PARTS.items()
    ]
    alone = exporter({"alone.example:443": SOUND})
    story = Story(tmp_path).during(2, *hosts, alone)
    story.shows(Endpoints(f'target="{WWW}"').state(), [sample(INVALID.number, target=WWW)])
    story.shows(
        substitute(table, chosen),
        [
            sample((INVALID if host is ILL else GOOD).number, endpoint=f"{WWW} {address} {key_type} ")
            for (address, key_type), host in PARTS.items()
        ],
    )
    story.shows(
        substitute(table, chosen | {"address": "192.0.2.2"}),
        [sample(GOOD.number, endpoint=f"{WWW} 192.0.2.2 ecdsa ")],
    )
    story.shows(
        substitute(table, chosen | {"target": "alone.example:443"}),
        [sample(GOOD.number, endpoint="alone.example:443   ")],
    )
    story.holds()
