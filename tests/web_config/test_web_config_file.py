from __future__ import annotations

import ssl
from pathlib import Path

import pytest
import structlog
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat

from ocsp_staple_exporter.config import ConfigError
from ocsp_staple_exporter.web.web_config.access import Access
from ocsp_staple_exporter.web.web_config.settings import RateLimit, Settings
from tests.web_config import identities

HASH = "$2y$10$mDwo.lAisC94iLAyP81MCesa29IzH37oigHC/42V2pdJlUprsJPze"
TLS = "tls_server_config:\n  cert_file: server.pem\n  key_file: server.key\n"
CIPHERS = "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"

SAMPLE = f"""\
# Every key, and every way to write it.
tls_server_config:
  cert_file: server.pem
  key_file: server.key
  client_auth_type: RequireAndVerifyClientCert
  client_ca_file: ca.pem
  client_allowed_sans:
    - prometheus.example.com
  min_version: TLS12
  max_version: TLS13
  cipher_suites:
    - TLS_AES_128_GCM_SHA256
    - TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256
    - TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256
    - TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256
  prefer_server_cipher_suites: false
  curve_preferences:
    - CurveP256
http_server_config:
  http2: false
  headers:
    Strict-Transport-Security: max-age=31536000; includeSubDomains
    X-Content-Type-Options: nosniff
    X-Frame-Options: sameorigin
    X-XSS-Protection: "0"
    Content-Security-Policy: default-src 'self'
basic_auth_users:
  alice: {HASH}
  bob: $2b$10$hLqFl9jSjoAAy95Z/zw8Ye8wkdMBM8c5Bn1ptYqP/AXyV0.oy0S8m
  "жанна": $2a$04$hLqFl9jSjoAAy95Z/zw8Ye8wkdMBM8c5Bn1ptYqP/AXyV0.oy0S8m
rate_limit:
  interval: 1s
  burst: 20
"""


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    server = identities.server()
    identities.write(tmp_path, server)
    identities.write(tmp_path, identities.server(2), "other")
    (tmp_path / "ca.pem").write_bytes(identities.ROOT.certificate_pem)
    encrypted = server.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"x"))
    (tmp_path / "encrypted.key").write_bytes(encrypted)
    (tmp_path / "empty.pem").touch()
    return tmp_path


def read(directory: Path, text: str) -> Access:
    (directory / "web.yml").write_text(text, "utf-8")
    return Access(directory / "web.yml")


def problems(directory: Path, text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        read(directory, text)
    return [str(problem).replace(f"{directory}/", "") for problem in caught.value.problems]


def test_every_key_of_the_toolkit_is_read(directory: Path) -> None:
    access = read(directory, SAMPLE)
    settings, tls = access.settings(), access.tls()
    assert settings is not None
    assert tls is not None
    assert settings.rate_limit == RateLimit(1.0, 20)
    assert settings.headers["X-Frame-Options"] == "sameorigin"
    assert settings.users["жанна".encode()].startswith(b"$2b$04$")
    assert set(settings.users) == {b"alice", b"bob", "жанна".encode()}
    assert tls.allowed_sans == frozenset({"prometheus.example.com"})
    assert tls.context.verify_mode is ssl.CERT_REQUIRED
    assert tls.context.minimum_version is ssl.TLSVersion.TLSv1_2
    names = [cipher["name"] for cipher in tls.context.get_ciphers() if cipher["protocol"] != "TLSv1.3"]
    assert names == ["ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-CHACHA20-POLY1305"]
    assert not tls.context.options & ssl.OP_CIPHER_SERVER_PREFERENCE


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# nothing\n",
        "tls_server_config:\nhttp_server_config:\nbasic_auth_users:\nrate_limit:\n",
        "tls_server_config: {}\nhttp_server_config: {headers: }\nbasic_auth_users: {}\nrate_limit: {interval: 0}\n",
    ],
)
def test_a_file_that_asks_for_nothing_is_plain_http_for_everybody(directory: Path, text: str) -> None:
    access = read(directory, text)
    assert access.tls() is None
    assert access.settings() == Settings()


def test_certificates_and_keys_may_stand_in_the_file_itself(directory: Path) -> None:
    identity = identities.server()

    def inline(name: str, pem: bytes) -> str:
        return f"  {name}: |\n" + "".join(f"    {line}\n" for line in pem.decode().splitlines())

    text = inline("cert", identity.chain_pem) + inline("key", identity.key_pem)
    text += inline("client_ca", identities.ROOT.certificate_pem) + "  client_auth_type: VerifyClientCertIfGiven\n"
    tls = read(directory, f"tls_server_config:\n{text}").tls()
    assert tls is not None
    assert tls.context.verify_mode is ssl.CERT_OPTIONAL
    assert len(tls.context.get_ca_certs()) == 1


def test_paths_are_relative_to_the_file(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir("/")
    assert read(directory, TLS).tls() is not None


@pytest.mark.parametrize(
    ("duration", "seconds"),
    [("1s", 1), ("500ms", 0.5), ("1m30s", 90), ("1.5h", 5400), ("100us", 1e-4), ("100µs", 1e-4), (".5s", 0.5)],
)
def test_the_interval_is_a_duration_of_go(directory: Path, duration: str, seconds: float) -> None:
    settings = read(directory, f"rate_limit: {{interval: {duration}, burst: 1}}").settings()
    assert settings is not None
    assert settings.rate_limit == RateLimit(seconds, 1)


@pytest.mark.parametrize(
    ("suites", "minimum"),
    [("[TLS_AES_256_GCM_SHA384]", ssl.TLSVersion.TLSv1_3), (f"[{CIPHERS}]", ssl.TLSVersion.TLSv1_2)],
)
def test_suites_of_tls_1_3_alone_leave_nothing_for_tls_1_2(
    directory: Path, suites: str, minimum: ssl.TLSVersion
) -> None:
    tls = read(directory, f"{TLS}  cipher_suites: {suites}").tls()
    assert tls is not None
    assert tls.context.minimum_version is minimum


BAD = [
    ("[]", ['web.yml:1:1: must be a mapping that begins with a key, as in "tls_server_config:"']),
    (
        "tls_config:\n  cert_file: x\n",
        ['web.yml:1:1: tls_config: unknown key (did you mean "tls_server_config"?)'],
    ),
    ("cert_file: server.pem\n", ["web.yml:1:1: cert_file: unknown key (it is an option of tls_server_config)"]),
    (
        f"{TLS}  certfile: server.pem\n",
        ['web.yml:4:3: tls_server_config.certfile: unknown key (did you mean "cert_file"?)'],
    ),
    (
        "tls_server_config:\n  cert_file: server.pem\n",
        ["web.yml:2:3: tls_server_config.key_file: missing: TLS needs key_file, or key with the text in PEM"],
    ),
    (
        "tls_server_config:\n  key_file: server.key\n",
        ["web.yml:2:3: tls_server_config.cert_file: missing: TLS needs cert_file, or cert with the text in PEM"],
    ),
    (
        'tls_server_config:\n  cert_file: ""\n  key_file: server.key\n',
        ["web.yml:2:14: tls_server_config.cert_file: missing: TLS needs cert_file, or cert with the text in PEM"],
    ),
    (
        f"{TLS}  cert: x\n",
        ["web.yml:2:3: tls_server_config.cert_file: stands beside cert: keep one of the two"],
    ),
    (
        "tls_server_config: {cert_file: none.pem, key_file: empty.pem}",
        [
            'web.yml:1:32: tls_server_config.cert_file: "none.pem" cannot be read: No such file or directory',
            'web.yml:1:52: tls_server_config.key_file: "empty.pem" holds no private key in PEM, or a damaged one',
        ],
    ),
    (
        "tls_server_config: {cert_file: server.pem, key_file: other.key}",
        ['web.yml:1:54: tls_server_config.key_file: "other.key" does not belong to the certificate'],
    ),
    (
        "tls_server_config: {cert_file: server.key, key_file: encrypted.key}",
        [
            'web.yml:1:32: tls_server_config.cert_file: "server.key" holds no certificate in PEM, or a damaged one',
            (
                'web.yml:1:54: tls_server_config.key_file: "encrypted.key" is encrypted: a server that starts by '
                "itself needs its key without a passphrase"
            ),
        ],
    ),
    (
        "tls_server_config: {cert: nothing, key: nothing}",
        [
            "web.yml:1:27: tls_server_config.cert: holds no certificate in PEM, or a damaged one",
            "web.yml:1:41: tls_server_config.key: holds no private key in PEM, or a damaged one",
        ],
    ),
    (
        f"{TLS}  client_ca_file: empty.pem\n  client_auth_type: RequireAndVerifyClientCert\n",
        [
            'web.yml:4:19: tls_server_config.client_ca_file: "empty.pem" holds no certificate in PEM, or a damaged one',
        ],
    ),
    (
        f"{TLS}  client_ca_file: ca.pem\n",
        [
            (
                "web.yml:4:3: tls_server_config.client_ca_file: no client is asked for a certificate: write "
                'client_auth_type: "RequireAndVerifyClientCert"'
            )
        ],
    ),
    (
        f"{TLS}  client_auth_type: RequireAndVerifyClientCerts\n",
        [
            (
                'web.yml:4:21: tls_server_config.client_auth_type: "RequireAndVerifyClientCerts" is not accepted '
                '(did you mean "RequireAndVerifyClientCert"?): write "NoClientCert", "RequestClientCert", '
                '"RequireClientCert", "RequireAnyClientCert", "VerifyClientCertIfGiven" or "RequireAndVerifyClientCert"'
            )
        ],
    ),
    (
        f"{TLS}  client_auth_type: RequireAnyClientCert\n",
        [
            (
                'web.yml:4:21: tls_server_config.client_auth_type: "RequireAnyClientCert" takes a certificate that '
                'nobody vouches for, which Python\'s ssl cannot do: write "RequireAndVerifyClientCert"'
            )
        ],
    ),
    (
        f"{TLS}  client_auth_type: VerifyClientCertIfGiven\n  client_allowed_sans: [a]\n",
        [
            (
                "web.yml:5:3: tls_server_config.client_allowed_sans: a client may come without a certificate: write "
                'client_auth_type: "RequireAndVerifyClientCert"'
            )
        ],
    ),
    (
        f"{TLS}  min_version: TLS14\n",
        [
            (
                'web.yml:4:16: tls_server_config.min_version: "TLS14" is not accepted (did you mean "TLS13"?): '
                'write "TLS10", "TLS11", "TLS12" or "TLS13"'
            )
        ],
    ),
    (
        f"{TLS}  min_version: TLS13\n  max_version: TLS12\n",
        ['web.yml:5:16: tls_server_config.max_version: "TLS12" is older than min_version, "TLS13"'],
    ),
    (
        f"{TLS}  cipher_suites: [TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA265]\n",
        [
            (
                'web.yml:4:19: tls_server_config.cipher_suites[0]: "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA265" is no '
                f'cipher suite of ours (did you mean "{CIPHERS}"?)'
            )
        ],
    ),
    (
        f"{TLS}  max_version: TLS12\n  cipher_suites: [TLS_AES_128_GCM_SHA256]\n",
        ["web.yml:5:18: tls_server_config.cipher_suites: none of these suites is for TLS12 or older"],
    ),
    (
        f"{TLS}  curve_preferences: [P256]\n",
        [
            (
                'web.yml:4:23: tls_server_config.curve_preferences[0]: "P256" is not accepted: '
                'write "X25519", "CurveP256", "CurveP384" or "CurveP521"'
            )
        ],
    ),
    (
        f"{TLS}  prefer_server_cipher_suites: maybe\n",
        ['web.yml:4:32: tls_server_config.prefer_server_cipher_suites: must be true or false, not "maybe"'],
    ),
    (
        "http_server_config:\n  headers:\n    Server: x\n    X-Frame-Option: deny\n    X-Frame-Options: DENY\n",
        [
            (
                "web.yml:3:5: http_server_config.headers.Server: this header cannot be set (known: "
                "Content-Security-Policy, Strict-Transport-Security, X-Content-Type-Options, X-Frame-Options and "
                "X-XSS-Protection)"
            ),
            (
                "web.yml:4:5: http_server_config.headers.X-Frame-Option: this header cannot be set "
                '(did you mean "X-Frame-Options"?)'
            ),
        ],
    ),
    (
        "http_server_config:\n  headers:\n    X-Frame-Options: DENY\n    X-Content-Type-Options: sniff\n",
        [
            (
                'web.yml:3:22: http_server_config.headers.X-Frame-Options: "DENY" is not accepted: '
                'write "deny" or "sameorigin"'
            ),
            'web.yml:4:29: http_server_config.headers.X-Content-Type-Options: "sniff" is not accepted: write "nosniff"',
        ],
    ),
    (
        'http_server_config: {headers: {Content-Security-Policy: "a\\r\\nSet-Cookie: b"}}',
        [
            (
                r'web.yml:1:57: http_server_config.headers.Content-Security-Policy: "a\r\nSet-Cookie: b" cannot stand '
                "in a header: write visible ASCII characters on one line"
            )
        ],
    ),
    (
        f"basic_auth_users:\n  alice: secret\n  bob: 12345\n  carol: {HASH}x\n  dave: $2y$03{HASH[6:]}\n",
        [
            f'web.yml:{line}: is no bcrypt hash: make one with "htpasswd -nBC 10 USER"'
            for line in (
                "2:10: basic_auth_users.alice",
                "3:8: basic_auth_users.bob",
                "4:10: basic_auth_users.carol",
                "5:9: basic_auth_users.dave",
            )
        ],
    ),
    (
        f'basic_auth_users:\n  "a:b": {HASH}\n',
        [
            (
                'web.yml:2:3: basic_auth_users["a:b"]: a user name has no colon: basic authentication could not tell '
                "where it ends (RFC 7617 §2)"
            )
        ],
    ),
    (
        "rate_limit:\n  interval: 5\n  burst: -1\n",
        [
            'web.yml:2:13: rate_limit.interval: 5 has no unit: write "5s" for seconds',
            "web.yml:3:10: rate_limit.burst: -1 is too small: at least 0",
        ],
    ),
    (
        "rate_limit:\n  interval: 1d\n  burst: 1\n",
        ['web.yml:2:13: rate_limit.interval: "1d" is no duration: write 1s, 500ms or 1m30s'],
    ),
    (
        "rate_limit: {interval: 1s}\n",
        ["web.yml:1:13: rate_limit.burst: must be at least 1: without a burst no request would be answered"],
    ),
]


@pytest.mark.parametrize(("text", "expected"), BAD)
def test_a_bad_file_is_refused_with_the_place_and_the_reason(directory: Path, text: str, expected: list[str]) -> None:
    assert problems(directory, text) == expected


def test_all_problems_are_told_at_once_also_those_of_the_certificates(directory: Path) -> None:
    text = "tls_server_config: {cert_file: none.pem, key_file: other.key}\nbasic_auth_users: {a: b}\nburst: 1\n"
    told = problems(directory, text)
    assert [problem.split(" ")[0] for problem in told] == ["web.yml:1:32:", "web.yml:2:23:", "web.yml:3:1:"]


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read: No such file or directory"):
        Access(tmp_path / "web.yml")


@pytest.mark.parametrize(
    ("text", "warning"),
    [
        ("http_server_config: {http2: true}", "HTTP/2 is not spoken here"),
        (f"{TLS}  curve_preferences: [CurveP384, X25519]", "one curve, CurveP384, the first"),
        (f"{TLS}  client_auth_type: RequestClientCert", "lets everybody in"),
        (f"{TLS}  client_auth_type: RequireAndVerifyClientCert", "any authority that this system trusts"),
    ],
)
def test_what_the_file_does_not_get_is_said(directory: Path, text: str, warning: str) -> None:
    with structlog.testing.capture_logs() as logs:
        read(directory, text)
    assert [entry["log_level"] for entry in logs] == ["warning"]
    assert warning in logs[0]["warning"]


def test_a_good_file_is_read_without_a_word(directory: Path) -> None:
    with structlog.testing.capture_logs() as logs:
        read(directory, SAMPLE)
    assert logs == []
