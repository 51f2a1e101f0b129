"""Debian's promtool judges a web configuration by the exporter-toolkit that it was built with, an older one."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from ocsp_staple_exporter.config import ConfigError
from ocsp_staple_exporter.lab.process import find_program
from ocsp_staple_exporter.lab.prometheus import PACKAGE
from ocsp_staple_exporter.web.web_config.access import Access
from tests.web_config import identities
from tests.web_config.test_web_config_file import HASH, SAMPLE, TLS

pytestmark = [pytest.mark.real_server, pytest.mark.usefixtures("needs_prometheus")]

NOT_KNOWN_THEN = (
    "  client_allowed_sans:\n    - prometheus.example.com\n",
    "rate_limit:\n  interval: 1s\n  burst: 20\n",
)
CLIENTS = f"{TLS}  client_auth_type: "

BOTH_ACCEPT = [
    "",
    "{}",
    "tls_server_config:\n",
    TLS,
    f"{TLS}  client_ca_file: ca.pem\n  client_auth_type: RequireAndVerifyClientCert\n",
    f"{CLIENTS}VerifyClientCertIfGiven\n",
    f"{CLIENTS}RequestClientCert\n",
    f"{CLIENTS}NoClientCert\n",
    f"{TLS}  min_version: TLS10\n  max_version: TLS11\n",
    f"{TLS}  prefer_server_cipher_suites: no\n",
    f"{TLS}  curve_preferences: [X25519, CurveP256, CurveP384, CurveP521]\n",
    f"{TLS}  cipher_suites: [TLS_AES_128_GCM_SHA256, TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA]\n",
    "http_server_config: {http2: on}\n",
    "http_server_config: {headers: {X-Frame-Options: deny, Strict-Transport-Security: max-age=1}}\n",
    f"basic_auth_users: {{alice: {HASH}, bob: {HASH.replace('$2y$', '$2$')}}}\n",
]
BOTH_REFUSE = [
    "[]",
    "nothing: {}\n",
    "tls_server_config: {cert_file: server.pem}\n",
    "tls_server_config: {cert_file: server.pem, key_file: other.key}\n",
    "tls_server_config: {cert_file: server.pem, key_file: none.key}\n",
    f"{TLS}  client_ca_file: ca.pem\n",
    f"{TLS}  client_ca_file: none.pem\n  client_auth_type: RequireAndVerifyClientCert\n",
    f"{CLIENTS}requireandverifyclientcert\n",
    f"{TLS}  min_version: TLS1.2\n",
    f"{TLS}  cipher_suites: [TLS_RSA_WITH_RC4_128_SHA]\n",
    f"{TLS}  cipher_suites: [ECDHE-RSA-AES128-GCM-SHA256]\n",
    f"{TLS}  curve_preferences: [x25519]\n",
    f"{TLS}  prefer_server_cipher_suites: 2\n",
    "http_server_config: {headers: {Server: x}}\n",
    "http_server_config: {headers: {x-frame-options: deny}}\n",
    "http_server_config: {headers: {X-Frame-Options: DENY}}\n",
    "basic_auth_users: {alice: secret}\n",
    f"basic_auth_users: {{alice: {HASH[:-2]}}}\n",
    f"basic_auth_users: {{alice: {HASH.replace('$10$', '$03$')}}}\n",
    f"basic_auth_users: {{alice: {HASH}, alice: {HASH}}}\n",
]
WE_REFUSE = [
    f"{CLIENTS}RequireAnyClientCert\n",
    f"{TLS}  client_ca_file: server.key\n  client_auth_type: RequireAndVerifyClientCert\n",
    f"{TLS}  min_version: TLS13\n  max_version: TLS12\n",
    "tls_server_config: {min_version: TLS13}\n",
    f"basic_auth_users: {{'a:b': {HASH}}}\n",
    f"basic_auth_users: {{12: {HASH}}}\n",
    'http_server_config: {headers: {Content-Security-Policy: "a\\r\\nb"}}\n',
]
"""What docs/web-config.md says we are stricter about."""

WE_ACCEPT = ['http_server_config: {headers: {X-Frame-Options: ""}}\n']
"""As the toolkit's documentation has it: unset if blank."""


def cases() -> list[tuple[str, bool, bool]]:
    sample = SAMPLE
    for part in NOT_KNOWN_THEN:
        assert part in sample
        sample = sample.replace(part, "")
    table = ([sample, *BOTH_ACCEPT], True, True), (BOTH_REFUSE, False, False), (WE_REFUSE, True, False)
    return [(text, theirs, ours) for texts, theirs, ours in (*table, (WE_ACCEPT, False, True)) for text in texts]


@pytest.mark.parametrize(("text", "theirs", "ours"), cases())
def test_a_web_configuration_is_judged_as_promtool_does(tmp_path: Path, text: str, theirs: bool, ours: bool) -> None:  # noqa: FBT001
    identities.write(tmp_path, identities.server())
    identities.write(tmp_path, identities.server(2), "other")
    (tmp_path / "ca.pem").write_bytes(identities.ROOT.certificate_pem)
    file = tmp_path / "web.yml"
    file.write_text(text, "utf-8")
    promtool = find_program("promtool", package=PACKAGE)
    judged = subprocess.run([promtool, "check", "web-config", file], capture_output=True, text=True, check=False)
    assert (judged.returncode == 0) is theirs, judged.stderr
    try:
        Access(file)
    except ConfigError:
        assert not ours
    else:
        assert ours
