"""The JSON Schema for editors: current, never stricter than the loader, and not laxer in keys and words."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, event, example, given, settings
from hypothesis import strategies as st
from jsonschema_rs import Draft202012Validator, meta

from ocsp_staple_exporter.config import ConfigError, load_config, patterns
from ocsp_staple_exporter.config.allowed import parse_allowed
from ocsp_staple_exporter.config.document import read_mapping
from ocsp_staple_exporter.config.durations import format_duration, parse_duration
from ocsp_staple_exporter.config.hosts import parse_host, split_host_port
from ocsp_staple_exporter.config.json_schema import json_schema
from ocsp_staple_exporter.model import Module
from ocsp_staple_exporter.schema_command import config_schema
from tests.config.test_config_complaints import FAULTS
from tests.config.test_config_yaml import SYNTAX

ROOT = Path(__file__).parents[2]
SCHEMA = json_schema()
VALIDATOR = Draft202012Validator(SCHEMA)
DEFINITIONS = SCHEMA["$defs"]

BEYOND_A_SCHEMA = {
    "a module where none is defined",
    "a misspelt module",
    "the default module misspelt",
    "a module that resembles none",
    "two targets of one name",
    "a timeout beyond the interval",
    "retries that would never run",
    "an address that the module would never connect to",
    "an address that the source address cannot reach",
    "retries after the timeout that a short interval implies",
    "an IP address as server name",
    "an unknown module",
    "a port with a fraction",  # 443.0, which JSON Schema takes for a whole number
}
"""What has to be computed or looked up."""


def plain(text: str) -> dict[str, object]:
    Path("config.yaml").write_text(text, encoding="utf-8")
    return read_mapping(Path("config.yaml"), "targets")[0]


def loads(document: object) -> bool:
    """Whether the loader takes it. JSON is YAML."""
    Path("config.yaml").write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
    try:
        load_config(Path("config.yaml"))
    except ConfigError:
        return False
    return True


@pytest.fixture(autouse=True)
def _beside_the_config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_the_committed_schema_is_the_one_that_the_command_prints() -> None:
    committed = (ROOT / "config.schema.json").read_text(encoding="utf-8")
    assert committed == CliRunner().invoke(config_schema).output, (
        "run: ocsp-staple-exporter config-schema > config.schema.json"
    )


def test_the_schema_is_json_schema_of_the_draft_that_it_names() -> None:
    assert SCHEMA["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    meta.validate(SCHEMA)


def test_the_example_is_valid() -> None:
    example_file, _ = read_mapping(ROOT / "config.example.yaml", "targets")
    VALIDATOR.validate(example_file)
    assert not VALIDATOR.is_valid(example_file | {"target": []})


@pytest.mark.parametrize("good", [good for _, _, good in (*FAULTS.values(), *SYNTAX.values())])
def test_what_the_loader_takes_is_valid(good: str) -> None:
    VALIDATOR.validate(plain(good))


@pytest.mark.parametrize("name", sorted(FAULTS.keys() - BEYOND_A_SCHEMA))
def test_a_fault_of_keys_words_and_shapes_is_invalid(name: str) -> None:
    bad, message, _ = FAULTS[name]
    assert not VALIDATOR.is_valid(plain(bad)), message


@pytest.mark.parametrize("name", sorted(BEYOND_A_SCHEMA & FAULTS.keys()))
def test_what_has_to_be_computed_is_left_to_the_loader(name: str) -> None:
    assert VALIDATOR.is_valid(plain(FAULTS[name][0]))


@pytest.mark.parametrize("section", ["modules", "probe", "api", "limits"])
def test_a_section_whose_entries_are_commented_out_is_valid(section: str) -> None:
    assert VALIDATOR.is_valid({"targets": ["a"], section: None})
    assert not VALIDATOR.is_valid({"targets": ["a"], section: []})


def test_every_option_has_a_description_and_every_section_a_title() -> None:
    for definition in [SCHEMA, *DEFINITIONS.values()]:
        assert definition["title"]
        assert definition["description"]
        for name, option in definition["properties"].items():
            assert option.get("description"), name


def test_defaults_are_told_as_they_are_written_in_the_file() -> None:
    options = DEFINITIONS["ModuleOptions"]["properties"]
    defaults = {name: option["default"] for name, option in options.items() if "default" in option}
    assert defaults == {
        "interval": "1m",
        "addresses": "one",
        "ip_family": "any",
        "staple": "auto",
        "handshakes": 1,
        "staple_retries": 1,
        "staple_retry_delay": "1s",
        "clock_skew": "5m",
        "sni": True,
    }
    assert f"Default: {format_duration(Module().timeout)}, " in options["timeout"]["description"]
    assert loads({"modules": {"default": defaults}})


EXAMPLES = [
    (option, word) for definition in DEFINITIONS.values() for option in definition["properties"].items()
    for word in option[1].get("examples", [])
]  # fmt: skip


@pytest.mark.parametrize(("option", "word"), EXAMPLES)
def test_examples_in_the_schema_are_valid_themselves(option: tuple[str, dict[str, Any]], word: object) -> None:
    assert Draft202012Validator(option[1]).is_valid(word)


# What the loader takes is valid, kind by kind: texts that look like the kind, and any others.

LETTERS = st.sampled_from("aZ09-_.:[]/*%?#@\\ \n\x7füß。\u00ad\u200d\u3000\ufeff\uff11\uff0fxn--")
NAMES = (
    st.text("aZ0-_.üß", max_size=6)
    | st.text(LETTERS, max_size=12)
    | st.text(max_size=12)
    | st.from_regex(patterns.HOST["pattern"], fullmatch=True)
)
LENGTHS = st.text("0123456789ywdhms -.", max_size=8) | st.from_regex(patterns.DURATION["pattern"], fullmatch=True)
ADDRESSES = st.ip_addresses().map(str) | st.ip_addresses(v=6).map("[{}]".format)
NETWORKS = st.builds("{}/{}".format, st.ip_addresses(), st.integers(-1, 129))


def as_a_target(text: str) -> None:
    host, _ = split_host_port(text)
    parse_host(host)


def check(parse: Callable[[str], object], kind: dict[str, Any], text: str) -> None:
    try:
        parse(text)
    except ValueError:
        return
    assert Draft202012Validator(kind).is_valid(text)


@settings(max_examples=400, deadline=None)
@given(NAMES | ADDRESSES)
@example("fe80::1%eth0")
@example("::ffff:192.0.2.1")
@example("Bücher.example.")
@example("_sip._tls.example")
def test_every_host_that_is_taken_is_valid(text: str) -> None:
    check(parse_host, patterns.HOST, text)
    check(parse_allowed, patterns.ALLOWED, text)


@settings(max_examples=400, deadline=None)
@given(st.builds("{}{}".format, NAMES | ADDRESSES, st.just("") | st.integers(-1, 70000).map(":{}".format)))
@example("a:00443")
@example("[fe80::1%eth0]:443")
def test_every_target_that_is_taken_is_valid(text: str) -> None:
    check(as_a_target, patterns.HOST_PORT, text)


@settings(max_examples=400, deadline=None)
@given(st.builds("{}{}".format, st.sampled_from(["", "*."]), NAMES) | NETWORKS)
@example("::/0")
@example("10.0.0.0/008")
def test_everything_that_may_be_allowed_is_valid(text: str) -> None:
    check(parse_allowed, patterns.ALLOWED, text)


@settings(max_examples=400, deadline=None)
@given(LENGTHS)
@example("0")
@example("1y0w0d0h0m0s0ms")
def test_every_length_of_time_that_is_taken_is_valid(text: str) -> None:
    check(parse_duration, patterns.DURATION, text)


# And whole files: options with values at the border of what the loader takes.

NULL_TOO = st.none() | st.sampled_from(["", 0, False, []])
WORDS = st.sampled_from(
    ["a", "m", "default", "ü", " x ", "x" * 256, "x" * 257, "\\", "x\ny", "_", "__x", "job", "team"]
)
BORDERS: dict[str, st.SearchStrategy[Any]] = {
    "host": st.sampled_from(["a", "A.", "ü.example", "::1", "[::1]", "192.0.2.7", "_x", "a_b.example", "a:1", "-a"]),
    "port": st.sampled_from([1, 443, 65535, 65536, "443"]),
    "server_name": st.sampled_from(["a", "A.", "ü.example", "192.0.2.7"]),
    "module": st.sampled_from(["default", "m", "a"]),
    "name": WORDS,
    "labels": st.dictionaries(WORDS, WORDS, max_size=2),
    "interval": st.sampled_from(["1y", "365d", "1m1ms", "5m", "0s", "0", "366d"]),
    "timeout": st.sampled_from(["1ms", "0h1m", "5m", "1s1m"]),
    "handshakes": st.sampled_from([0, 1, 100, 101, 1.0, "1", True]),
    "staple_retries": st.sampled_from([-1, 0, 100, 101, "1", False]),
    "staple_retry_delay": st.sampled_from(["0", "0s", "1s", 0, 1]),
    "clock_skew": st.sampled_from(["0", "0s", "1y", "5m", 0, 0.0, 1]),
    "tls_versions": st.lists(st.sampled_from(["1.2", "1.3", 1.2]), max_size=3),
    "key_types": st.lists(st.sampled_from(["rsa", "ecdsa", "dsa"]), max_size=3),
    "addresses": st.sampled_from(["one", "all", "both"]),
    "ip_family": st.sampled_from(["any", "ipv4", "ipv6", "IPv4"]),
    "starttls": st.sampled_from(["smtp", "xmpp-server", "rdp", "SMTP", "https"]),
    "staple": st.sampled_from(["auto", "optional", "required", "Auto"]),
    "issuer_file": st.just("nowhere.pem"),
    "ca_file": st.just("nowhere.pem"),
    "sni": st.sampled_from([True, False, "false"]),
    "proxy_url": st.sampled_from(
        ["HTTP://p:1", "http://p:1/", "socks5h://a:b@[fe80::1%25e]:1080", "https://p:1", "http://p", "p:1"]
    ),
    "proxy_password_file": st.just("nowhere"),
    "proxy_protocol": st.sampled_from(["v1", "v2", "V2", 2]),
    "source_address": st.sampled_from(["192.0.2.1", "[::1]", "::1", "fe80::1%e", "a", "192.0.2.1:1"]),
    "allow": st.lists(st.sampled_from(["a", "*.ü.example", "10.0.0.0/8", "::1", "[::1]", "::/0", "*"]), max_size=3),
    "refuse_private": st.booleans(),
    "probe": st.booleans(),
    "probes_in_flight": st.sampled_from([1, 256, 65535, 0]),
    "probes_aside": st.sampled_from([0, 1, 65535, 65536, -1]),
    "probes_per_address": st.sampled_from([0, 1, 65535, 65536, "1"]),
    "probes_per_second": st.sampled_from([0, 0.5, 1, 1_000_000, 1_000_001, "5"]),
}


def mappings(name: str) -> st.SearchStrategy[dict[str, Any]]:
    """Some options of a section. One that is not in BORDERS yet fails here: give it values."""
    options: dict[str, Any] = DEFINITIONS[name]["properties"]
    return st.fixed_dictionaries({}, optional={option: BORDERS[option] | NULL_TOO for option in options})


TARGETS = mappings("TargetOptions").map(lambda options: {"host": "h.example"} | options)
DOCUMENTS = st.fixed_dictionaries(
    {},
    optional={
        "targets": st.lists(st.sampled_from(["a", "b:1", "[::1]:1", "a:0"]) | TARGETS, max_size=2) | NULL_TOO,
        "modules": st.dictionaries(WORDS, mappings("ModuleOptions") | NULL_TOO, max_size=2) | NULL_TOO,
        "probe": mappings("ProbeOptions") | NULL_TOO,
        "api": mappings("APIOptions") | NULL_TOO,
        "limits": mappings("LimitsOptions") | NULL_TOO,
    },
)


@settings(max_examples=600, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(DOCUMENTS)
@example({"targets": None, "probe": None})
@example({"targets": [{"host": "a", "labels": None}], "modules": {"m": None}})
@example({"targets": ["a"], "modules": {"m": {"clock_skew": 0}}})
@example({"targets": [], "modules": {"m": {"timeout": None}}})
@example({"targets": ["a"], "probe": {"allow": None}})
def test_every_file_that_is_taken_is_valid(document: dict[str, Any]) -> None:
    taken = loads(document)
    event(f"taken: {taken}")
    if taken:
        VALIDATOR.validate(document)
