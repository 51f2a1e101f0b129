"""Our shards and Prometheus's `hashmod` divide a list alike."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
import yaml

from ocsp_staple_exporter.config import load_config
from ocsp_staple_exporter.sharding import WHOLE, Shard, hashmod

ADDRESSES = [
    "www.example.com",
    "www.example.com:443",
    "WWW.example.com:443",
    "[2001:db8::1]:8443",
    "bücher.example",
    *(f"host-{number}.example.com:8443" for number in range(40)),
]


@pytest.mark.real_server
@pytest.mark.usefixtures("needs_promtool")
@pytest.mark.parametrize("modulus", [3, 1000])
def test_prometheus_counts_the_same(tmp_path: Path, modulus: int) -> None:
    relabelling = {"source_labels": ["__address__"], "modulus": modulus, "target_label": "shard", "action": "hashmod"}
    job = {"job_name": "x", "static_configs": [{"targets": ADDRESSES}], "relabel_configs": [relabelling]}
    config = tmp_path / "prometheus.yml"
    config.write_text(yaml.safe_dump({"scrape_configs": [job]}), encoding="utf-8")
    asked = ["promtool", "check", "service-discovery", "--timeout=1s", str(config), "x"]
    told = json.loads(subprocess.run(asked, capture_output=True, check=True, timeout=30).stdout)
    shards = {one["discoveredLabels"]["__address__"]: int(one["labels"]["shard"]) for one in told}
    assert shards == {address: hashmod(address, modulus) for address in ADDRESSES}


def test_every_target_belongs_to_one_shard() -> None:
    for total in (1, 2, 7):
        owners = [[Shard(ordinal, total).owns(address) for ordinal in range(total)] for address in ADDRESSES]
        assert all(of_one.count(True) == 1 for of_one in owners)
    assert all(map(WHOLE.owns, ADDRESSES))


def test_a_long_list_is_divided_evenly() -> None:
    parts = [
        sum(Shard(ordinal, 4).owns(f"host-{number}.example.com") for number in range(4000)) for ordinal in range(4)
    ]
    assert all(900 < part < 1100 for part in parts)


def test_the_configurations_own_targets_go_by_their_address_as_it_is_written(tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    config.write_text(
        "targets:\n"
        "  - WWW.example.com\n"
        "  - mail.example.com:465\n"
        "  - {host: a.example.com, name: first}\n"
        "  - {host: a.example.com, port: 443, name: second}\n",
        encoding="utf-8",
    )
    written = {
        "www.example.com:443": "WWW.example.com",
        "mail.example.com:465": "mail.example.com:465",
        "first": "a.example.com",
        "second": "a.example.com:443",
    }
    for ordinal in range(5):
        found = {target.name for target in load_config(config, Shard(ordinal, 5)).targets}
        assert found == {name for name, address in written.items() if hashmod(address, 5) == ordinal}


@pytest.mark.parametrize(("ordinal", "total"), [(-1, 2), (2, 2), (0, 0), (0, 100_000)])
def test_a_shard_that_cannot_be_is_refused(ordinal: int, total: int) -> None:
    with pytest.raises(ValueError, match="shard"):
        Shard(ordinal, total)
