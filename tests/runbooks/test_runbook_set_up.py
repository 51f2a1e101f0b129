from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ocsp_staple_exporter.lab.apache import VirtualHost, apache
from ocsp_staple_exporter.lab.ca import Authority, Identity
from ocsp_staple_exporter.lab.certificates import pem
from ocsp_staple_exporter.lab.responder import Answer, Responder, Signed, Verbatim, ocsp_responder
from ocsp_staple_exporter.model import TLSVersion
from tests.real_servers.conftest import require
from tests.real_servers.openssl_reader import read_with_openssl
from tests.runbooks.test_runbook_texts import TLS, fences

pytestmark = pytest.mark.real_server


@dataclass(frozen=True)
class Site:
    leaf: Identity
    issuer: Authority
    responder: Responder


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    issuer = Authority.root(now=datetime.now(UTC)).issue_authority()
    async with ocsp_responder() as responder:
        yield Site(issuer.issue_leaf("www.example.org", ocsp_urls=[responder.url]), issuer, responder)


async def renew(directory: Path, site: Site) -> int:
    """Run the script of nginx's page in this directory, with programs that do nothing for nginx and systemctl."""
    (directory / "www.example.org.chain.pem").write_bytes(site.leaf.chain_pem)
    (directory / "www.example.org.trusted.pem").write_bytes(pem(site.issuer.der))
    for program in ("nginx", "systemctl"):
        (directory / program).write_text("#!/bin/sh\n")
        (directory / program).chmod(0o755)
    script = next(code for code in fences("turn-stapling-on-nginx", "sh") if code.startswith("#!/bin/sh"))
    path = f"{directory}:{Path(sys.executable).parent}:{os.environ['PATH']}"
    process = await asyncio.create_subprocess_exec(
        "sh",
        "-c",
        script.replace(TLS, str(directory)),
        env={**os.environ, "PATH": path},
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    return await process.wait()


@pytest.mark.parametrize("answer", [Signed(), Signed(flaw="validity_too_short")], ids=["good", "with a warning"])
async def test_the_script_for_nginx_installs_a_staple_that_may_be_served(
    answer: Answer, site: Site, tmp_path: Path
) -> None:
    site.responder.answer(site.leaf, site.issuer, answer)

    status = await renew(tmp_path, site)

    assert status == 0
    assert (tmp_path / "www.example.org.der").read_bytes() == site.responder.sent[0]


@pytest.mark.parametrize(
    "answer",
    [Signed(flaw="status_try_later"), Signed(status="revoked"), Signed(flaw="expired"), Verbatim(b"<html>", 503)],
    ids=["try later", "revoked", "stale", "an error page"],
)
async def test_the_script_for_nginx_keeps_the_old_staple_where_the_new_one_is_no_good(
    answer: Answer, site: Site, tmp_path: Path
) -> None:
    site.responder.answer(site.leaf, site.issuer, answer)
    (tmp_path / "www.example.org.der").write_bytes(b"old")

    status = await renew(tmp_path, site)

    assert status != 0
    assert (tmp_path / "www.example.org.der").read_bytes() == b"old"


def options_of_the_page() -> str:
    """Those that may stand in a virtual host too; the lab sets the cache itself."""
    options = next(code for code in fences("turn-stapling-on-apache", "apache") if "SSLStaplingCache" in code)
    return "\n".join(line for line in options.splitlines() if not line.startswith("SSLStaplingCache"))


@pytest.mark.parametrize(
    ("answer", "is_stapled"),
    [(Signed(), True), (Signed(flaw="status_try_later"), False), (Verbatim(b"<html>", 503), False)],
    ids=["good", "try later", "an error page"],
)
async def test_apache_set_up_by_the_page_staples_good_answers_and_no_errors(
    answer: Answer, site: Site, tmp_path: Path, *, is_stapled: bool
) -> None:
    require("apache2", "apache2")
    site.responder.answer(site.leaf, site.issuer, answer)
    host = VirtualHost(server_name="www.example.org", identities=(site.leaf,), directives=options_of_the_page())

    with apache([host], tmp_path) as server:
        reading = await read_with_openssl("127.0.0.1", server.port, "www.example.org", tls_version=TLSVersion.TLS_1_3)

    assert (reading.staple is not None) == is_stapled
