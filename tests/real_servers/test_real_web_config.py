"""Debian's Prometheus reads the exporter over TLS, with a password and with a certificate."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from ocsp_staple_exporter.lab.prometheus import prometheus, scrape
from tests.web_config import identities
from tests.web_config.live import access, hashed, site

pytestmark = [pytest.mark.real_server, pytest.mark.usefixtures("needs_prometheus")]

ENDINGS = {"cert": "pem", "key": "key"}
WEB_CONFIG = """\
tls_server_config:
  cert_file: server.pem
  key_file: server.key
  client_auth_type: RequireAndVerifyClientCert
  client_ca_file: ca.pem
  client_allowed_sans: [prometheus.example.com]
basic_auth_users:
  prometheus: {hash}
"""


async def test_prometheus_gets_in_with_password_and_certificate_and_not_without(tmp_path: Path) -> None:
    guarded = access(tmp_path, WEB_CONFIG.format(hash=hashed(b"right")))
    identities.write(tmp_path, identities.client("prometheus.example.com"), "good")
    identities.write(tmp_path, identities.client("grafana.example.com"), "other")
    identities.write(tmp_path, identities.client("prometheus.example.com", issuer=identities.STRANGER), "stranger")
    async with site(guarded) as listening:
        address = f"127.0.0.1:{listening.port}"

        def job(name: str, *, certificate: str | None = "good", word: str = "right") -> Mapping[str, object]:
            tls = {"ca_file": str(tmp_path / "ca.pem")}
            if certificate is not None:
                tls |= {f"{what}_file": str(tmp_path / f"{certificate}.{end}") for what, end in ENDINGS.items()}
            login = {"username": "prometheus", "password": word}
            return scrape(address, job=name, scheme="https", tls_config=tls, basic_auth=login, scrape_timeout="200ms")

        jobs = [
            job("right"),
            job("wrong-password", word="wrong"),
            job("wrong-name", certificate="other"),
            job("stranger", certificate="stranger"),
            job("no-certificate", certificate=None),
            scrape(address, job="plain"),
        ]
        async with prometheus(jobs, tmp_path) as server:
            await server.wait_for('up{job="right"} == 1')
            await server.wait_for("count(up) == 6")
            up = {sample.labels["job"]: sample.value for sample in await server.query("up")}
            errors = {str(target["scrapePool"]): str(target["lastError"]) for target in await server.targets()}

            identities.write(tmp_path, identities.server(2))  # renewed, and the password changed
            access(tmp_path, WEB_CONFIG.format(hash=hashed(b"wrong")))
            await server.wait_for('up{job="wrong-password"} == 1')
            await server.wait_for('up{job="right"} == 0')

    assert up == dict.fromkeys(("wrong-password", "wrong-name", "stranger", "no-certificate", "plain"), 0) | {
        "right": 1
    }
    assert errors["right"] == ""
    assert "401 Unauthorized" in errors["wrong-password"]
    assert all(errors[job] for job in ("wrong-name", "stranger", "no-certificate", "plain"))
