from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ocsp_staple_exporter.diagnosis import Fix, Software, diagnose, openssl_command
from ocsp_staple_exporter.lab.apache import LOADED, MODULES
from ocsp_staple_exporter.lab.ca import Authority, Identity
from ocsp_staple_exporter.lab.certificates import pem
from ocsp_staple_exporter.lab.nginx import PACKAGE, StapleFile, VirtualHost, nginx
from ocsp_staple_exporter.lab.process import find_program
from ocsp_staple_exporter.lab.responder import ocsp_responder
from ocsp_staple_exporter.lab.staples import staple
from ocsp_staple_exporter.model import Endpoint, Module
from tests.diagnosis import ill_results as ill
from tests.real_servers.conftest import require

pytestmark = pytest.mark.real_server

NGINX_FILES = Path("/etc/nginx/tls/www.example.org")


def fixes_of(software: Software) -> list[Fix]:
    diagnoses = [diagnose(result, software) for result in ill.ALL]
    return sorted(
        {fix for each in diagnoses if each for fix in each.fixes if fix.software is software},
        key=lambda fix: fix.snippet,
    )


def configurations_of(software: Software) -> list[str]:
    return sorted({fix.snippet for fix in fixes_of(software) if fix.snippet.startswith("#")})


@pytest.fixture(scope="module")
def issuer() -> Authority:
    return Authority.root(now=datetime.now(UTC)).issue_authority()


@pytest.fixture(scope="module")
def leaf(issuer: Authority) -> Identity:
    return issuer.issue_leaf("www.example.org", ocsp_urls=["http://127.0.0.1:9/"])


def write_files(directory: Path, leaf: Identity, issuer: Authority) -> None:
    for name, content in {
        **{f"{kind}chain.pem": leaf.chain_pem for kind in ("", "ecdsa.", "rsa.")},
        **{f"{kind}key.pem": leaf.key_pem for kind in ("", "ecdsa.", "rsa.")},
        "trusted.pem": pem(issuer.der),
        "der": staple(leaf, issuer, now=datetime.now(UTC)),
    }.items():
        (directory / f"{NGINX_FILES.name}.{name}").write_bytes(content)


@pytest.mark.parametrize("snippet", configurations_of(Software.NGINX))
def test_nginx_takes_every_snippet(snippet: str, leaf: Identity, issuer: Authority, tmp_path: Path) -> None:
    require("nginx", PACKAGE)
    write_files(tmp_path, leaf, issuer)
    identity = f"ssl_certificate {tmp_path}/www.example.org.chain.pem; "
    identity += f"ssl_certificate_key {tmp_path}/www.example.org.key.pem;"
    listen = "" if "listen" in snippet else "listen 127.0.0.1:1 ssl;"
    configuration = tmp_path / "nginx.conf"
    configuration.write_text(
        f"pid {tmp_path}/nginx.pid; error_log stderr; events {{}}\n"
        f"http {{ access_log off; server {{ {listen} server_name www.example.org;\n"
        f"{'' if 'ssl_certificate ' in snippet else identity}\n"
        f"{snippet.replace(str(NGINX_FILES.parent), str(tmp_path))}\n}} }}\n"
    )

    done = subprocess.run(
        [find_program("nginx", package=PACKAGE), "-t", "-p", str(tmp_path), "-c", str(configuration), "-e", "stderr"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("snippet", configurations_of(Software.APACHE))
def test_apache_takes_every_snippet(snippet: str, leaf: Identity, issuer: Authority, tmp_path: Path) -> None:
    require("apache2", "apache2")
    chain, key = leaf.write(tmp_path / "leaf")
    inside = snippet.startswith("# in the VirtualHost")
    cache = "" if "SSLStaplingCache" in snippet else f'SSLStaplingCache "shmcb:{tmp_path}/stapling(128000)"'
    modules = "".join(f"LoadModule {name}_module {MODULES}/mod_{name}.so\n" for name in LOADED)
    write_files(tmp_path, leaf, issuer)
    snippet = snippet.replace("/etc/apache2/tls", str(tmp_path))
    configuration = tmp_path / "httpd.conf"
    configuration.write_text(
        f"{modules}User www-data\nGroup www-data\nServerName localhost\nErrorLog {tmp_path}/error.log\n"
        f"PidFile {tmp_path}/pid\nDefine APACHE_RUN_DIR {tmp_path}\nListen 127.0.0.1:1 https\n{cache}\n"
        f"{'' if inside else snippet}\n"
        f"<VirtualHost *:1>\nServerName www.example.org\nSSLEngine on\n"
        f'SSLCertificateFile "{chain}"\nSSLCertificateKeyFile "{key}"\n'
        f"{snippet if inside else ''}\n</VirtualHost>\n"
    )

    done = subprocess.run(
        [find_program("apache2", package="apache2"), "-t", "-d", str(tmp_path), "-f", str(configuration)],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr


async def test_the_commands_show_the_staple_and_fetch_a_new_one(issuer: Authority, tmp_path: Path) -> None:
    """The commands that ask the CA work as they stand, against a server and a responder."""
    require("nginx", PACKAGE)
    async with ocsp_responder() as responder:
        leaf = issuer.issue_leaf("www.example.org", ocsp_urls=[responder.url])
        responder.answer(leaf, issuer)
        stale = StapleFile(staple(leaf, issuer, now=datetime.now(UTC), flaw="expired"))
        host = VirtualHost(server_name="www.example.org", identities=(leaf,), stapling=stale)
        with nginx([host], tmp_path) as server:
            endpoint = Endpoint(
                target="x", host="127.0.0.1", port=server.port, server_name="www.example.org", module=Module()
            )
            shown = await shell(openssl_command(endpoint), tmp_path)
            asked = await shell(ask_the_ca(endpoint, responder.url), tmp_path)

    assert re.search("OCSP Response Status: successful", shown)
    assert (tmp_path / "sent1.pem").read_bytes() == leaf.certificate_pem
    assert (tmp_path / "fresh.der").read_bytes() == responder.sent[0]
    assert "good" in asked


def ask_the_ca(endpoint: Endpoint, url: str) -> str:
    diagnosis = diagnose(ill.at(endpoint, url))
    assert diagnosis is not None
    return next(fix.snippet for fix in diagnosis.fixes if "sent1.pem" in fix.snippet)


async def shell(command: str, directory: Path) -> str:
    """Run as an administrator would, with the exporter's command on the PATH; standard output."""
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    process = await asyncio.create_subprocess_exec(
        "sh", "-c", command, cwd=directory, stdout=asyncio.subprocess.PIPE, env={**os.environ, "PATH": path}
    )
    output, _ = await process.communicate()
    return output.decode(errors="replace")
