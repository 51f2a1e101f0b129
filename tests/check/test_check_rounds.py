"""`check` on servers that do not answer alike each time."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import chain, repeat
from typing import Any

import pytest
from click.testing import Result

from ocsp_staple_exporter.lab.ca import Identity
from ocsp_staple_exporter.lab.staples import staple
from ocsp_staple_exporter.lab.tls_listener import serve
from ocsp_staple_exporter.lab.tls_server import Credential, ServerHandshake
from tests.check.hosts_to_check import authority, opened, run

NOW = datetime.now(UTC)


@pytest.fixture(scope="module")
def leaf() -> Identity:
    return authority().issue_leaf("www.example", ocsp_urls=["http://ocsp.example/"])


@contextmanager
def workers(leaf: Identity, *stapling: str) -> Iterator[str]:
    """One `warm` or `cold` answer after the other, and the last one for ever; yields the host to check."""
    good = staple(leaf, authority(), now=NOW)
    answers = chain(stapling, repeat(stapling[-1]))

    def accept() -> ServerHandshake:
        credential = Credential(leaf.chain, leaf.key, good if next(answers) == "warm" else None)
        return ServerHandshake(lambda _name: credential)

    with opened(lambda: serve(accept)) as port:
        yield f"127.0.0.1:{port}"


def check(host: str, *arguments: str) -> Result:
    return run(host, "--server-name", "www.example", "--no-http", *arguments)


def in_json(host: str, *arguments: str) -> dict[str, Any]:
    (one,) = json.loads(check(host, "--json", *arguments).stdout)["hosts"]
    assert isinstance(one, dict)
    return one


@pytest.mark.usefixtures("plain_environment")
def test_a_cold_worker_is_tried_again_and_nothing_is_wrong(leaf: Identity) -> None:
    with workers(leaf, "cold", "warm") as host:
        done = check(host)
    assert done.exit_code == 0, done.stdout
    assert "handshakes   1 of 2 carried a staple; the last as a retry\n" in done.stdout


@pytest.mark.usefixtures("plain_environment")
def test_without_retries_the_first_client_is_told_of(leaf: Identity) -> None:
    with workers(leaf, "cold", "warm") as host:
        done = check(host, "--retries", "0")
    assert done.exit_code == 1
    assert "no_staple" in done.stdout
    assert "handshakes " not in done.stdout


@pytest.mark.usefixtures("plain_environment")
def test_several_handshakes_tell_what_comes_sometimes(leaf: Identity) -> None:
    with workers(leaf, "warm", "cold", "warm") as host:
        done = check(host, "--handshakes", "3")
    assert done.exit_code == 1
    assert done.stdout.startswith(
        f"warning: {host}: A staple does not come in every handshake: 2 of 3 handshakes carried a staple"
    )
    assert "  warning staple_missing_sometimes: 2 of 3 handshakes carried a staple" in done.stdout


@pytest.mark.usefixtures("plain_environment")
def test_three_that_staple_are_well(leaf: Identity) -> None:
    with workers(leaf, "warm") as host:
        done = check(host, "--handshakes", "3")
    assert done.exit_code == 0
    assert "handshakes   3 of 3 carried a staple\n" in done.stdout


def test_json_lists_every_handshake(leaf: Identity) -> None:
    with workers(leaf, "cold", "warm") as host:
        shaken = in_json(host)["handshakes"]
    assert {name: shaken[name] for name in ("stapled", "not_stapled", "failed", "left_out")} == {
        "stapled": 1,
        "not_stapled": 1,
        "failed": 0,
        "left_out": 0,
    }
    cold, warm = shaken["each"]
    assert (cold["retry"], cold["stapled"], cold["staple_sha256"], cold["verified"]) == (False, False, None, None)
    assert (warm["retry"], warm["stapled"], warm["verified"]) == (True, True, True)
    assert warm["staple_sha256"]
    assert cold["leaf_sha256"] == warm["leaf_sha256"]


def test_json_has_the_verdict_for_each_certificate_of_the_chain(leaf: Identity) -> None:
    with workers(leaf, "warm") as host:
        sent = in_json(host)["chain"]
    assert len(sent["sent_sha256"]) == len(sent["verdicts"]) == 2
    assert sent["verdicts"][0]["verified"] is True
    assert sent["verdicts"][1] is None
