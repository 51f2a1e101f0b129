"""`check` on hosts with several addresses, certificates or versions: each is a host of its own."""

from __future__ import annotations

import json
import socket
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from ocsp_staple_exporter.check.spreading import spread_out
from ocsp_staple_exporter.model import Addresses, KeyType, Target
from ocsp_staple_exporter.resolver import Resolver
from tests.check.hosts_to_check import Lab, run
from tests.exposition import made_results as made


def hosts_of(lab: Lab, *options: str) -> list[dict[str, Any]]:
    arguments = (lab.address, "--server-name", "healthy-ecdsa.test", "--ca-file", lab.root, "--no-http", "--json")
    found: list[dict[str, Any]] = json.loads(run(*arguments, *options).stdout)["hosts"]
    return found


def test_each_version_of_tls_is_probed_by_itself(lab: Lab) -> None:
    hosts = hosts_of(lab, "--tls-version", "1.2", "--tls-version", "1.3")
    assert {host["fan_out"]["tls_version"]: host["handshake"]["tls_version"] for host in hosts} == {
        "1.2": "1.2",
        "1.3": "1.3",
    }
    assert [host["state"] for host in hosts] == ["good", "good"]
    assert {host["target"] for host in hosts} == {lab.address}


def test_a_host_without_a_certificate_of_the_kind_asked_for_is_told_so(lab: Lab) -> None:
    ill, well = hosts_of(lab, "--key-type", "ecdsa", "--key-type", "rsa", "--tls-version", "1.3")
    assert (well["fan_out"]["key_type"], well["state"]) == ("ecdsa", "good")
    assert (ill["fan_out"]["key_type"], ill["state"]) == ("rsa", "unreachable")
    assert "no certificate with an RSA key" in ill["diagnosis"]["headline"]


def test_people_see_which_is_which(lab: Lab) -> None:
    arguments = (lab.address, "--server-name", "healthy-ecdsa.test", "--ca-file", lab.root, "--no-http")
    text = run(*arguments, "--tls-version", "1.2", "--tls-version", "1.3").stdout
    assert f"{lab.address} (TLS 1.2)" in text
    assert f"{lab.address} (TLS 1.3)" in text


def test_an_address_stands_for_what_the_host_resolves_to(lab: Lab) -> None:
    port = lab.laboratory.port
    arguments = ("--address", "127.0.0.1", "--ca-file", lab.root, "--no-http", "--json")
    (host,) = json.loads(run(f"healthy-ecdsa.test:{port}", *arguments).stdout)["hosts"]
    assert (host["state"], host["address"], host["server_name"]) == ("good", "127.0.0.1", "healthy-ecdsa.test")
    assert host["fan_out"]["address"] == "127.0.0.1"


def test_all_addresses_of_an_address_are_itself(lab: Lab) -> None:
    (host,) = hosts_of(lab, "--all-addresses")
    assert host["fan_out"] == {"address": "127.0.0.1", "key_type": None, "tls_version": None}


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--address", "www.example"), '"www.example" is no IP address'),
        (("--address", "192.0.2.1", "--all-addresses"), "drop one of them"),
        (("--key-type", "dsa"), "'dsa' is not one of 'rsa', 'ecdsa'"),
    ],
)
def test_what_makes_no_sense_is_wrong_use(options: tuple[str, ...], says: str) -> None:
    done = run("www.example", *options)
    assert done.exit_code == 64
    assert says in done.stderr


def test_a_config_file_fans_out_as_in_the_exporter(lab: Lab) -> None:
    config = lab.path / "fan_out.yaml"
    module = "modules: {default: {ca_file: root.pem, tls_versions: ['1.2', '1.3'], addresses: all}}"
    target = f"{{host: 127.0.0.1, port: {lab.laboratory.port}, server_name: healthy-rsa.test, name: shop}}"
    config.write_text(f"{module}\ntargets: [{target}]\n", encoding="utf-8")
    found = json.loads(run("--config.file", str(config), "--no-http", "--json").stdout)["hosts"]
    assert [host["fan_out"] for host in found] == [
        {"address": "127.0.0.1", "key_type": None, "tls_version": version} for version in ("1.2", "1.3")
    ]


def everywhere(host: str, **changes: Any) -> Target:
    return replace(made.target(host), host=host, module=replace(made.MODULE, addresses=Addresses.ALL, **changes))


def getaddrinfo(host: str, port: int, **_options: Any) -> list[Any]:
    if host != "two.test":
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
    return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in ("192.0.2.2", "192.0.2.1")]


async def test_names_are_looked_up_for_all_of_their_addresses() -> None:
    targets = [everywhere("two.test", key_types=(KeyType.RSA,)), everywhere("none.test"), made.target("one.test")]
    found = await spread_out(targets, None, Resolver(getaddrinfo))
    assert [endpoint.name for endpoint in found] == [
        "two.test (192.0.2.1, rsa)",
        "two.test (192.0.2.2, rsa)",
        "none.test",
        "one.test",
    ]


async def test_a_name_service_that_hangs_holds_a_host_up_no_longer_than_its_timeout() -> None:
    class Hanging(Resolver):
        async def resolve(self, *_question: object) -> Any:
            raise TimeoutError

    found = await spread_out([everywhere("two.test", timeout=timedelta(seconds=1))], None, Hanging(getaddrinfo))
    assert [endpoint.name for endpoint in found] == ["two.test"]
