"""From a target to the endpoints that are probed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ocsp_staple_exporter.model import KeyType, Target, TLSVersion, expand
from tests.exposition import made_results as made

BOTH_KEYS = (KeyType.RSA, KeyType.ECDSA)
BOTH_VERSIONS = (TLSVersion.TLS_1_2, TLSVersion.TLS_1_3)
ADDRESSES = ("192.0.2.1", "2001:db8::1")


def target(key_types: tuple[KeyType, ...] = (), tls_versions: tuple[TLSVersion, ...] = ()) -> Target:
    return replace(made.target("shop"), module=replace(made.MODULE, key_types=key_types, tls_versions=tls_versions))


def test_without_fan_out_a_target_is_one_endpoint_with_its_name_alone() -> None:
    (endpoint,) = expand(target())
    assert (endpoint.fan_out, endpoint.name, endpoint.offered_versions) == ((), "shop", frozenset())


def test_an_id_without_fan_out_depends_on_the_name_alone() -> None:
    """Pages and silences made of it must outlive the exporter's next version."""
    (endpoint,) = expand(made.target("www.example.com:443"))
    assert endpoint.id == "1b9afc2066929cc5"


def test_addresses_key_types_and_versions_multiply() -> None:
    endpoints = expand(target(BOTH_KEYS, BOTH_VERSIONS), ADDRESSES)
    assert len(endpoints) == len({endpoint.id for endpoint in endpoints}) == 8
    assert len({endpoint.name for endpoint in endpoints}) == 8
    assert endpoints[0].fan_out == (("address", "192.0.2.1"), ("key_type", "rsa"), ("tls_version", "1.2"))
    assert endpoints[-1].name == "shop (2001:db8::1, ecdsa, TLS 1.3)"
    assert endpoints[-1].offered_versions == {TLSVersion.TLS_1_3}


@pytest.mark.parametrize(
    ("given", "name"),
    [
        (target(key_types=(KeyType.RSA,)), "shop (rsa)"),
        (target(tls_versions=(TLSVersion.TLS_1_2,)), "shop (TLS 1.2)"),
    ],
)
def test_a_list_of_one_tells_its_endpoint_apart_too(given: Target, name: str) -> None:
    """So that a second one in the list leaves the series of the first alone."""
    (endpoint,) = expand(given)
    assert endpoint.name == name
    wider = replace(given.module, key_types=given.module.key_types and BOTH_KEYS)
    assert endpoint.id in {each.id for each in expand(replace(given, module=wider))}


def test_a_target_without_addresses_has_no_endpoints() -> None:
    assert expand(target(BOTH_KEYS), ()) == ()
