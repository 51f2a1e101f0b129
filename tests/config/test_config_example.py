"""config.example.yaml is what users start from: it is sound, complete and tells the true defaults."""

from __future__ import annotations

import re
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml
from pydantic import BaseModel

from ocsp_staple_exporter.config import Limits, load_config
from ocsp_staple_exporter.config.list_options import BasicAuthOptions, TargetURLOptions
from ocsp_staple_exporter.config.module_options import ModuleOptions
from ocsp_staple_exporter.config.permission import Permission
from ocsp_staple_exporter.config.schema import APIOptions, Document, LimitsOptions, ProbeOptions
from ocsp_staple_exporter.config.target_options import TargetOptions
from ocsp_staple_exporter.lab.ca import Authority
from ocsp_staple_exporter.lab.certificates import pem
from ocsp_staple_exporter.model import Credentials, Module

EXAMPLE = Path(__file__).parents[2] / "config.example.yaml"


@pytest.fixture
def whole(tmp_path: Path) -> Path:
    """A copy in which the options that are commented out stand as options, with the files they name."""
    text = re.sub(r"^( +)# (\w+: (\S+|\[.*\]))$", r"\1\2", EXAMPLE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    text = re.sub(r"^# (target_files: .*)$", r"\1", text, flags=re.MULTILINE)
    before, urls, after = re.split(r"^(# target_urls:\n(?:#.*\n)+)", text, flags=re.MULTILINE)
    text = before + re.sub(r"^# ?", "", urls, flags=re.MULTILINE) + after
    for name in re.findall(r"\S+\.pem$", text, flags=re.MULTILINE):
        (tmp_path / name).write_bytes(pem(Authority.root(now=datetime.now(UTC)).der))
    (tmp_path / "proxy-password").write_text("open sesame\n")
    path = tmp_path / "config.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_example_loads_as_it_is(tmp_path: Path) -> None:
    config = load_config(Path(shutil.copy(EXAMPLE, tmp_path)))
    assert [target.name for target in config.targets] == [
        "www.example.com:443",
        "mail.example.com:465",
        "[2001:db8::1]:8443",
        "lb-1/www",
    ]


def test_the_values_in_the_example_are_the_defaults(tmp_path: Path) -> None:
    config = load_config(Path(shutil.copy(EXAMPLE, tmp_path)))
    assert config.targets[0].module == Module()
    assert config.limits == Limits()
    assert config.permission == Permission()
    assert not config.probe_on_demand


def test_the_example_loads_with_everything_that_is_commented_out(whole: Path) -> None:
    config = load_config(whole)
    module = config.targets[0].module
    assert len(module.issuers) == 1
    assert module.trust_anchors is not None
    assert module.proxy is not None
    assert module.proxy.credentials == Credentials("prober", "open sesame")
    assert config.permission.names == frozenset({"www.example.com", "*.example.com"})
    assert len(config.permission.networks) == 2
    assert len(config.lists.files) == len(config.lists.urls) == 2


def test_the_example_shows_every_option(whole: Path) -> None:
    document = yaml.safe_load(whole.read_text(encoding="utf-8"))
    assert set(document) == set(Document.model_fields)
    url = document["target_urls"][-1]
    assert set(url) | {"authorization"} == set(TargetURLOptions.model_fields)
    assert set(url["basic_auth"]) == set(BasicAuthOptions.model_fields)
    assert set(document["limits"]) == set(LimitsOptions.model_fields)
    assert set(document["probe"]) == set(ProbeOptions.model_fields)
    assert set(document["api"]) == set(APIOptions.model_fields)
    assert set(document["modules"]["default"]) == set(ModuleOptions.model_fields)
    assert set(document["targets"][-1]) == set(TargetOptions.model_fields)


@pytest.mark.parametrize("model", [LimitsOptions, ProbeOptions, APIOptions, ModuleOptions, TargetOptions])
def test_every_option_stands_in_the_example_once(model: type[BaseModel]) -> None:
    """Once with its comment; the second module and the first targets show variations."""
    text = EXAMPLE.read_text(encoding="utf-8")
    for option in model.model_fields:
        assert re.search(rf"^ +(?:- |# )?{option}: ?", text, flags=re.MULTILINE), option


def test_the_example_s_first_line_names_the_schema_beside_it() -> None:
    line, _, _ = EXAMPLE.read_text(encoding="utf-8").partition("\n")
    found = re.fullmatch(r"# yaml-language-server: \$schema=(\S+)", line)
    assert found
    assert (EXAMPLE.parent / found[1]).is_file()


def test_the_example_fits_a_page_s_width() -> None:
    assert max(map(len, EXAMPLE.read_text(encoding="utf-8").splitlines())) <= 100
