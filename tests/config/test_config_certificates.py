"""issuer_file and ca_file."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ocsp_staple_exporter.config import ConfigError, certificates, load_config
from ocsp_staple_exporter.lab.ca import Authority
from ocsp_staple_exporter.lab.certificates import pem
from tests.config.conftest import Complaints, Load

AUTHORITIES = [Authority.root(now=datetime.now(UTC)) for _ in range(3)]
DERS = tuple(authority.der for authority in AUTHORITIES)
KEY = AUTHORITIES[0].key_pem
CONFIG = "modules: {default: {issuer_file: issuers.pem}}\ntargets: [a]"

Complaint = Callable[[bytes], str]


@pytest.fixture
def complaint(complaints: Complaints, tmp_path: Path) -> Complaint:
    """What is said about an issuer_file with that content."""

    def complain(content: bytes) -> str:
        (tmp_path / "issuers.pem").write_bytes(content)
        return "\n".join(complaints(CONFIG))

    return complain


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (pem(*DERS), DERS),
        (pem(DERS[0]), DERS[:1]),
        (DERS[0], DERS[:1]),
        (b"# the root of example.com\n\n" + pem(*DERS).replace(b"\n", b"\r\n") + b"the end", DERS),
        (pem(DERS[0], DERS[1], DERS[0]), DERS[:2]),
    ],
    ids=["PEM bundle", "one PEM", "one DER", "comments and CRLF", "twice the same"],
)
def test_certificates_are_read_in_der_and_in_order(
    load: Load, tmp_path: Path, content: bytes, expected: tuple[bytes, ...]
) -> None:
    (tmp_path / "issuers.pem").write_bytes(content)
    module = load(CONFIG).targets[0].module
    assert module.issuers == expected
    assert module.trust_anchors is None


def test_ca_file_replaces_the_system_s_trust_store(load: Load, tmp_path: Path) -> None:
    (tmp_path / "roots.pem").write_bytes(pem(*DERS))
    module = load("modules: {default: {ca_file: roots.pem}}\ntargets: [a]").targets[0].module
    assert module.trust_anchors == DERS
    assert module.issuers == ()


def test_files_are_sought_beside_the_config(tmp_path: Path) -> None:
    (tmp_path / "etc" / "pki").mkdir(parents=True)
    (tmp_path / "etc" / "pki" / "a.pem").write_bytes(pem(DERS[0]))
    (tmp_path / "b.pem").write_bytes(pem(DERS[1]))
    config = tmp_path / "etc" / "config.yaml"
    config.write_text(
        f"modules: {{default: {{issuer_file: pki/a.pem, ca_file: '{tmp_path / 'b.pem'}'}}}}\ntargets: [a]"
    )
    module = load_config(config).targets[0].module
    assert module.issuers == DERS[:1]
    assert module.trust_anchors == DERS[1:2]
    config.write_text("modules: {default: {issuer_file: a.pem}}\ntargets: [a]")
    with pytest.raises(ConfigError, match=r'etc/a\.pem" cannot be read: No such file or directory'):
        load_config(config)


THIRD_UNREADABLE = pem(DERS[0], DERS[1]) + ssl.DER_cert_to_PEM_cert(DERS[2] + b"\x00").encode()
THIRD_NO_BASE64 = pem(DERS[0], DERS[1]) + pem(DERS[2]).replace(b"-----\nM", b"-----\n!", 1)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b" \n", "is empty"),
        (b"no certificate", "holds no certificate: neither PEM nor one certificate in DER"),
        (DERS[0] + b"\x00", "holds no certificate: neither PEM nor one certificate in DER"),
        (pem(DERS[0]) + KEY, "holds a private key (line {key}): only certificates belong in it"),
        (KEY, "holds a private key (line 1): only certificates belong in it"),
        (
            pem(DERS[0]).replace(b"CERTIFICATE", b"CERTIFICATE REQUEST"),
            "holds a CERTIFICATE REQUEST (line 1): only certificates belong in it",
        ),
        (THIRD_UNREADABLE, "is damaged: certificate number 3 (line {third}) cannot be decoded"),
        (THIRD_NO_BASE64, "is damaged: certificate number 3 (line {third}) is not Base64"),
        (pem(DERS[0])[:-30], "is cut off: certificate number 1 (line 1) has no END line"),
        (pem(DERS[0])[:-30] + b"\n" + pem(DERS[1]), "is cut off: certificate number 1 (line 1) has no END line"),
    ],
)
def test_a_flawed_file_is_named_with_its_flaw(complaint: Complaint, content: bytes, said: str) -> None:
    lines = pem(DERS[0]).count(b"\n")
    third = pem(DERS[0], DERS[1]).count(b"\n") + 1
    said = said.format(key=lines + 1, third=third)
    assert complaint(content) == f'config.yaml:1:34: modules.default.issuer_file: "issuers.pem" {said}'
    assert complaint(pem(*DERS)) == ""


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("nowhere.pem", '"nowhere.pem" cannot be read: No such file or directory'),
        (".", '"." cannot be read: Is a directory'),
        ("''", '"." cannot be read: Is a directory'),
        ('"a\\0b"', '"a\\x00b" cannot be read: embedded null byte'),
        ("3", '3 is a number: write it in quotes, "3"'),
        ("[a.pem]", "must be text, not a list"),
    ],
)
def test_a_file_that_cannot_be_read_is_told(complaints: Complaints, name: str, said: str) -> None:
    config = f"modules: {{default: {{ca_file: {name}}}}}\ntargets: [a]"
    assert complaints(config) == [f"config.yaml:1:30: modules.default.ca_file: {said}"]


def test_a_file_without_end_is_no_bundle(complaints: Complaints, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(certificates, "LARGEST", 1024 * 1024)
    assert complaints("modules: {default: {ca_file: /dev/zero}}\ntargets: [a]") == [
        'config.yaml:1:30: modules.default.ca_file: "/dev/zero" is larger than 1 MiB'
    ]
