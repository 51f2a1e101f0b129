"""docs/reaching-hosts.md and config.example.yaml name every protocol, with the port that it has here."""

from __future__ import annotations

import re
from pathlib import Path

from ocsp_staple_exporter.model.starttls import DEFAULT_PORTS

ROOT = Path(__file__).parents[2]
PORTS = {protocol.value: port for protocol, port in DEFAULT_PORTS.items()}


def test_the_table_of_protocols_is_that_of_the_program() -> None:
    page = (ROOT / "docs/reaching-hosts.md").read_text()
    table = page.split("| `starttls` | protocol | default port |\n")[1].split("\n\n")[0]
    shown = {
        protocol: int(port)
        for protocols, ports in re.findall(r"^\| (`.*?) \|.*\| ([\d, ]+) \|$", table, re.MULTILINE)
        for protocol, port in zip(re.findall(r"`([\w-]+)`", protocols), ports.split(", "), strict=True)
    }
    assert shown == PORTS


def test_the_example_of_a_configuration_names_the_same() -> None:
    text = (ROOT / "config.example.yaml").read_text().replace("\n    #", "")
    (sentence,) = re.findall(r"The protocol gives the port of targets that name none: (.*?)\.", text)
    shown = dict(one.split() for one in sentence.split(", "))
    assert {protocol: int(port) for protocol, port in shown.items()} == PORTS
