"""Whatever the file holds, the answer is a Config or a ConfigError."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ocsp_staple_exporter.config import Config, ConfigError, load_config, yaml_source

LOADERS = [yaml.SafeLoader, getattr(yaml, "CSafeLoader", yaml.SafeLoader)]
TOKENS = [
    *"-?:,[]{}#&*!|>'\"%@`~= \n\t\\<.",
    *("\n  ", "\n    ", "- ", ": ", "---\n", "...\n", "&a ", "*a", "<<: ", "!!str ", "!x ", "%YAML 1.1\n", "\\x00"),
    *("targets", "modules", "limits", "host", "port", "labels", "name", "module", "default", "interval", "timeout"),
    *("issuer_file", "tls_versions", "probes_in_flight", "a.example:443", "[::1]", "5m", "null", "true", "1", "1e999"),
    *('"\\uD800"', '"\\UFFFFFFFF"', "\x85", "\u2028", "\ufeff", "ü", "9" * 5000, "\x00", "\u202e"),
]
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(TOKENS)
KEYS = SCALARS | st.sampled_from(
    ["host", "port", "server_name", "module", "name", "labels", "default", "allow", "probe"]
)
VALUES = st.recursive(
    SCALARS, lambda values: st.lists(values, max_size=3) | st.dictionaries(KEYS, values, max_size=3), max_leaves=8
)
DOCUMENTS = st.fixed_dictionaries(
    {},
    optional=dict.fromkeys(("limits", "modules", "probe", "api"), VALUES)
    | {"targets": st.lists(VALUES, max_size=4) | VALUES},
)


def answer(data: bytes) -> Config | ConfigError:
    with tempfile.NamedTemporaryFile() as file:
        file.write(data)
        file.flush()
        try:
            return load_config(Path(file.name))
        except ConfigError as error:
            return error


def check(data: bytes) -> None:
    match answer(data):
        case Config():
            pass
        case ConfigError() as error:
            assert error.problems
            assert str(error).replace("\n", "").isprintable()
            assert len(str(error).splitlines()) == len(error.problems)


@settings(deadline=None)
@given(st.binary() | st.text().map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_random_bytes(data: bytes) -> None:
    check(data)


@pytest.mark.parametrize("loader", LOADERS)
@settings(deadline=None, max_examples=400, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(tokens=st.lists(st.sampled_from(TOKENS), max_size=40))
def test_random_yaml_tokens(monkeypatch: pytest.MonkeyPatch, loader: type, tokens: list[str]) -> None:
    monkeypatch.setattr(yaml_source, "_LOADER", loader)
    check("".join(tokens).encode())


@pytest.mark.parametrize("loader", LOADERS)
@settings(deadline=None, max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(document=DOCUMENTS)
def test_random_values_for_real_options(
    monkeypatch: pytest.MonkeyPatch, loader: type, document: dict[str, object]
) -> None:
    monkeypatch.setattr(yaml_source, "_LOADER", loader)
    check(yaml.safe_dump(document, allow_unicode=True).encode("utf-8", "surrogatepass"))
