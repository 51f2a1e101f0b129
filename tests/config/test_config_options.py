"""What a sound file becomes."""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from pathlib import Path

import pytest

from ocsp_staple_exporter.config import Config, ConfigError, Limits
from ocsp_staple_exporter.model import IPFamily, Module, StaplePolicy, StartTLS, Target, TLSVersion
from tests.config.conftest import Load


def test_a_host_alone_gets_port_443_its_own_server_name_and_the_default_module(load: Load) -> None:
    assert load("targets: [example.com]") == Config(
        targets=(
            Target(name="example.com:443", host="example.com", port=443, server_name="example.com", module=Module()),
        ),
        limits=Limits(probes_in_flight=256),
        files=(Path("config.yaml"),),
    )


def test_a_target_as_a_mapping_says_everything_about_itself(load: Load) -> None:
    config = load(
        "modules: {strict: {staple: required}}\n"
        "targets:\n"
        "  - host: 192.0.2.7\n"
        "    port: 8443\n"
        "    server_name: WWW.Example.com.\n"
        "    module: strict\n"
        "    name: lb-1/www\n"
        "    labels: {team: web, az: '1'}\n"
    )
    assert config.targets == (
        Target(
            name="lb-1/www",
            host="192.0.2.7",
            port=8443,
            server_name="www.example.com",
            module=Module(name="strict", staple=StaplePolicy.REQUIRED),
            labels=(("az", "1"), ("team", "web")),
        ),
    )


def test_every_option_of_a_module_reaches_it(load: Load) -> None:
    config = load(
        "modules:\n"
        "  default:\n"
        "    interval: 1h30m\n"
        "    timeout: 500ms\n"
        "    tls_versions: ['1.2']\n"
        "    ip_family: ipv6\n"
        "    starttls: xmpp-server\n"
        "    staple: optional\n"
        "    clock_skew: 0\n"
        "targets: [example.com]\n"
    )
    assert config.targets[0].module == Module(
        interval=timedelta(minutes=90),
        timeout=timedelta(milliseconds=500),
        tls_versions=(TLSVersion.TLS_1_2,),
        ip_family=IPFamily.IPV6,
        starttls=StartTLS.XMPP_SERVER,
        staple=StaplePolicy.OPTIONAL,
        clock_skew=timedelta(0),
    )


MAIL = "modules: {mail: {starttls: smtp}, news: {starttls: nntp}}\n"


def test_a_target_without_a_port_gets_that_of_its_module_s_protocol(load: Load) -> None:
    config = load(
        MAIL + "targets: [{host: a, module: mail}, {host: a, module: news}, {host: a, module: mail, port: 587}, a]"
    )
    assert [(target.port, target.name) for target in config.targets] == [
        (25, "a:25"),
        (119, "a:119"),
        (587, "a:587"),
        (443, "a:443"),
    ]


def test_two_targets_that_get_one_port_by_different_ways_have_one_name(load: Load) -> None:
    with pytest.raises(ConfigError, match=r'"a:25" is already the name of targets\[0\]'):
        load(MAIL + "targets: [{host: a, module: mail}, {host: a, port: 25}]")


def test_a_faulty_module_makes_no_names_equal_that_may_not_be(load: Load) -> None:
    with pytest.raises(ConfigError) as caught:
        load("modules: {mail: {starttls: smpt}}\ntargets: [{host: a, module: mail}, a, b, b]")
    assert [str(problem).split(": ")[1] for problem in caught.value.problems] == [
        "modules.mail.starttls",
        "targets[3]",
    ]


def test_limits_are_read(load: Load) -> None:
    assert load("limits: {probes_in_flight: 7}\ntargets: [a]").limits == Limits(probes_in_flight=7)


@pytest.mark.parametrize("interval", ["10s", "15s", "1m"])
def test_the_timeout_left_out_never_exceeds_the_interval(load: Load, interval: str) -> None:
    module = load(f"modules: {{default: {{interval: {interval}}}}}\ntargets: [a]").targets[0].module
    assert module.timeout == min(timedelta(seconds=15), module.interval)


def test_the_target_s_server_name_goes_before_the_module_s_and_that_before_the_host(load: Load) -> None:
    config = load(
        "modules: {sni: {server_name: module.example}}\n"
        "targets:\n"
        "  - {host: a.example, module: sni, server_name: target.example}\n"
        "  - {host: b.example, module: sni}\n"
        "  - {host: 192.0.2.1, module: sni}\n"
        "  - c.example\n"
        "  - 192.0.2.1:8443\n"
        "  - '[2001:db8::1]'\n"
    )
    names = [target.server_name for target in config.targets]
    assert names == ["target.example", "module.example", "module.example", "c.example", None, None]


def test_modules_share_nothing(load: Load) -> None:
    config = load("modules: {default: {staple: required}, other: {}}\ntargets: [{host: a, module: other}]")
    assert config.targets[0].module == Module(name="other")


@pytest.mark.parametrize("module", ["", "modules:\n", "modules: {default: }\n", "modules: {default: {}}\n"])
def test_sections_whose_entries_are_commented_out_stand_for_the_defaults(load: Load, module: str) -> None:
    config = load(f"{module}limits:\ntargets: [{{host: a, labels: }}]")
    assert config.targets[0].module == Module()


def test_words_that_other_yaml_readers_take_for_booleans_times_and_numbers_are_text(load: Load) -> None:
    config = load("targets:\n  - no\n  - {host: on, labels: {country: no, at: 12:30:45, day: 2026-01-01, mask: 0x1F}}")
    assert [target.host for target in config.targets] == ["no", "on"]
    assert config.targets[1].labels == (
        ("at", "12:30:45"),
        ("country", "no"),
        ("day", "2026-01-01"),
        ("mask", "0x1F"),
    )


def test_a_string_tag_does_what_quotes_do(load: Load) -> None:
    assert load("targets: [{host: a, labels: {tier: !!str 1}}]").targets[0].labels == (("tier", "1"),)


def test_anchors_aliases_and_merge_keys_work(load: Load) -> None:
    config = load(
        "modules:\n"
        "  default: &default {interval: 5m, staple: required}\n"
        "  slow: {<<: *default, interval: 1h}\n"
        "  mixed: {<<: [{timeout: 3s}, {timeout: 4s, clock_skew: 1s}]}\n"
        "targets:\n"
        "  - {host: a, module: slow, labels: &team {team: web}}\n"
        "  - {host: b, module: mixed, labels: *team}\n"
    )
    slow, mixed = config.targets
    assert (slow.module.interval, slow.module.staple) == (timedelta(hours=1), StaplePolicy.REQUIRED)
    assert (mixed.module.timeout, mixed.module.clock_skew) == (timedelta(seconds=3), timedelta(seconds=1))
    assert slow.labels == mixed.labels == (("team", "web"),)


def test_the_config_cannot_be_changed(load: Load) -> None:
    config = load("targets: [a]")
    with pytest.raises(dataclasses.FrozenInstanceError):
        config.limits = Limits()  # type: ignore[misc]


def test_a_byte_order_mark_is_no_part_of_the_text(load: Load) -> None:
    assert load("\ufefftargets: [a]") == load("targets: [a]")
