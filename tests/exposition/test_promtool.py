"""What Prometheus itself says of our text and of the documented queries."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest
from prometheus_client import generate_latest

from ocsp_staple_exporter.exposition import OwnMetrics
from ocsp_staple_exporter.results import Results
from tests.exposition import made_results as made
from tests.exposition.test_documentation import PAGE
from tests.exposition.test_text import RESULTS, text_of
from tests.web.made_parts import NOBODY, NoLists

pytestmark = pytest.mark.real_server


class Idle:
    in_flight = 0
    places_taken = 0
    lag_seconds = 0.0


def promtool(*arguments: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(["promtool", *arguments], input=given, capture_output=True, check=False, timeout=30)


def test_promtool_finds_nothing_to_complain_of() -> None:
    own = OwnMetrics(Results(), Idle(), NOBODY, NoLists(), version="1", revision="")
    own.config_loaded(made.NOW)
    checked = promtool("check", "metrics", given=text_of(RESULTS).encode() + generate_latest(own.registry))
    complaints = [line for line in checked.stderr.decode().splitlines() if "process_" not in line]
    assert complaints == []
    assert checked.returncode == 0


def test_promtool_complains_of_a_broken_text() -> None:
    assert promtool("check", "metrics", given=b'a{b="c} 1\n').returncode != 0


def test_the_documented_queries_are_promql(tmp_path: Path) -> None:
    blocks = re.findall(r"```promql\n(.*?)```", PAGE, flags=re.DOTALL)
    queries = [query for block in blocks for query in (block.splitlines() if "\n  " not in block else [block])]
    rules = [{"record": f"query:{number}", "expr": query} for number, query in enumerate(queries)]
    path = tmp_path / "rules.json"  # JSON is YAML
    path.write_text(json.dumps({"groups": [{"name": "documented", "rules": rules}]}))
    checked = promtool("check", "rules", str(path))
    assert checked.returncode == 0, checked.stderr.decode()
    assert f"{len(queries)} rules found" in checked.stdout.decode()
