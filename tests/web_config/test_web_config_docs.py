from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic import BaseModel

from ocsp_staple_exporter.web.connection import Patience
from ocsp_staple_exporter.web.serving import MOST_CONNECTIONS, MOST_UNREAD_BYTES
from ocsp_staple_exporter.web.web_config.access import REST_SECONDS
from ocsp_staple_exporter.web.web_config.names import ClientAuth, Curve, Version
from ocsp_staple_exporter.web.web_config.passwords import REMEMBERED
from ocsp_staple_exporter.web.web_config.schema import Document, HTTPOptions, RateLimitOptions, TLSOptions
from ocsp_staple_exporter.web.web_config.values import HEADERS
from tests.web_config import identities
from tests.web_config.live import access

PAGE = (Path(__file__).parents[2] / "docs" / "web-config.md").read_text("utf-8")


@pytest.mark.parametrize("model", [Document, TLSOptions, HTTPOptions, RateLimitOptions])
def test_every_key_is_on_the_page(model: type[BaseModel]) -> None:
    for name in model.model_fields:
        assert re.search(rf"[`.]{name}[`.]", PAGE), name


def test_every_word_is_on_the_page() -> None:
    for word in (*(member.value for kind in (ClientAuth, Version, Curve) for member in kind), *HEADERS):
        assert f"`{word}`" in PAGE


def test_the_example_is_a_good_file(tmp_path: Path) -> None:
    example = re.search(r"```yaml\n(tls_server_config.*?)```", PAGE, re.DOTALL)
    assert example is not None
    (tmp_path / "clients-ca.pem").write_bytes(identities.ROOT.certificate_pem)
    guarded = access(tmp_path, example[1])
    assert guarded.tls() is not None


def test_the_figures_on_the_page_are_those_in_force() -> None:
    patience = Patience()
    assert f"At most {MOST_CONNECTIONS} clients" in PAGE
    assert f"{MOST_UNREAD_BYTES // 2**20} MiB of answers" in PAGE
    assert f"not changed for {REST_SECONDS:.0f} seconds" in PAGE
    assert f"{REMEMBERED} of each" in PAGE
    rows = {"handshake": patience.handshake, "whole request": patience.request, "next request": patience.idle}
    for row, seconds in (rows | {"read on": patience.reading}).items():
        assert re.search(rf"\| [^|\n]*{row}[^|\n]*\| {seconds:.0f} s", PAGE), row
