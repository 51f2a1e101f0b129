"""check on its way to a host: names that are not sent, and proxies."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.check.hosts_to_check import Lab, run


def host_of(lab: Lab, *arguments: str) -> dict[str, object]:
    result = run(lab.address, "--ca-file", lab.root, "--no-http", "--json", *arguments)
    (host,) = json.loads(result.stdout)["hosts"]
    assert isinstance(host, dict)
    return host


def chain_of(host: dict[str, object]) -> tuple[bool, str]:
    chain = host["chain"]
    assert isinstance(chain, dict)
    return chain["verified"], chain["detail"]


def test_a_name_that_is_not_sent_is_what_the_certificate_must_be_for(lab: Lab) -> None:
    """The laboratory shows the certificate of healthy-ecdsa.test to clients without SNI."""
    sent = host_of(lab, "--server-name", "healthy-rsa.test")
    not_sent = host_of(lab, "--server-name", "healthy-rsa.test", "--no-sni")
    also_not_sent = host_of(lab, "--server-name", "healthy-ecdsa.test", "--no-sni")

    assert [host["server_name"] for host in (sent, not_sent, also_not_sent)] == ["healthy-rsa.test", None, None]
    assert chain_of(sent)[0] is True
    assert chain_of(not_sent)[0] is False
    assert chain_of(also_not_sent)[0] is True


def test_a_target_of_the_file_keeps_its_name_when_that_is_not_sent(tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    config.write_text("targets: [{host: 127.0.0.1, port: 1, server_name: a.example, name: listed}]\n")

    told = run("--config.file", str(config), "--no-sni")

    assert "127.0.0.1:1, without a server name" in told.stdout


def test_a_proxy_is_gone_through(lab: Lab) -> None:
    closed = f"http://{lab.closed_address}"
    host = host_of(lab, "--proxy", closed)

    assert host["error"] == {
        "reason": "proxy_unreachable",
        "detail": f"the proxy {closed}: 127.0.0.1 refused the connection",
    }
    assert closed in str(host["diagnosis"])


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("proxy:1", "has no scheme"),
        ("https://proxy:1", "which is not supported"),
        ("http://a:open-sesame@proxy:1", "holds a user: put the proxy into a module of a config file"),
    ],
)
def test_a_proxy_that_cannot_be_used_is_told_without_its_password(url: str, said: str) -> None:
    result = run("host.example", "--proxy", url)

    assert result.exit_code == 64
    assert said in " ".join(result.stderr.split())
    assert "sesame" not in result.stderr
