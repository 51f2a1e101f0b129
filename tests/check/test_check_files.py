from __future__ import annotations

import base64
import hashlib
import json
import os
from pathlib import Path

import pytest
from click.testing import Result

from ocsp_staple_exporter.check import files as files_module
from ocsp_staple_exporter.check.files import UnusableFileError, parse_certificates, parse_staple
from ocsp_staple_exporter.lab.ca import Authority, cross_signed
from ocsp_staple_exporter.lab.certificates import pem
from tests.check.files_to_check import Folder, armoured
from tests.ocsp.pki import NOW

GOOD = ("--staple", "staple.der", "--leaf", "leaf.pem")


def _refused(result: Result, *words: str) -> None:
    assert (result.exit_code, result.stdout) == (64, "")
    assert "Traceback" not in result.stderr
    assert "To mend it, give " in result.stderr
    for word in words:
        assert word in result.stderr


# ---------------------------------------------------------------- staple


@pytest.mark.parametrize(
    ("form", "encoding"),
    [
        (lambda der: der, "der"),
        (lambda der: armoured("OCSP RESPONSE", der), "pem"),
        (lambda der: b"OCSP Response Data:\r\n" + armoured("OCSP RESPONSE", der).replace(b"\n", b"\r\n"), "pem"),
        (base64.b64encode, "base64"),
        (base64.encodebytes, "base64"),
    ],
)
def test_a_staple_is_read_in_each_form(files: Folder, form: object, encoding: str) -> None:
    assert callable(form)
    der = files.staple()
    files.put("other.der", form(der))
    result = files.run("--staple", "other.der", "--leaf", "leaf.pem", "--json")
    assert result.exit_code == 0
    assert json.loads(result.stdout)["staple"] == {
        "source": "other.der",
        "encoding": encoding,
        "size_bytes": len(der),
        "sha256": hashlib.sha256(der).hexdigest(),
    }


def test_a_staple_that_a_server_could_not_load_is_pointed_out(files: Folder) -> None:
    files.put("staple.pem", armoured("OCSP RESPONSE", files.staple()))
    assert "HAProxy read DER" in files.run("--staple", "staple.pem", "--leaf", "leaf.pem").stdout
    assert "HAProxy read DER" not in files.run(*GOOD).stdout


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "staple_empty"),
        (b"\x30", "malformed"),
        (b"hello", "malformed"),
        (b"<html>404</html>", "malformed"),
        (b"aGVsbG8=", "malformed"),  # Base64, but not of a SEQUENCE
        (bytes.fromhex("30030a0103"), "status_try_later"),
    ],
)
def test_what_is_no_sound_staple_is_judged_and_not_refused(files: Folder, data: bytes, reason: str) -> None:
    files.put("staple.der", data)
    result = files.run(*GOOD, "--json")
    assert result.exit_code == 2
    assert [finding["reason"] for finding in json.loads(result.stdout)["verdict"]["errors"]] == [reason]


def test_armour_around_something_else_is_refused(files: Folder) -> None:
    _refused(files.run("--staple", "leaf.pem", "--leaf", "leaf.pem"), "holds CERTIFICATE (line 1)", "one OCSP RESPONSE")
    twice = armoured("OCSP RESPONSE", files.staple()) * 2
    with pytest.raises(UnusableFileError, match=r"OCSP RESPONSE \(line 1\), OCSP RESPONSE \(line \d+\)"):
        parse_staple(twice)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            lambda text: text.replace(b"-----END OCSP RESPONSE-----", b""),
            "is cut off: the OCSP RESPONSE that begins in",
        ),
        (lambda text: text.replace(b"-----\n", b"-----\n!", 1), "is damaged: the OCSP RESPONSE that begins in line 1"),
    ],
)
def test_damaged_armour_is_refused(files: Folder, change: object, words: str) -> None:
    assert callable(change)
    files.put("staple.pem", change(armoured("OCSP RESPONSE", files.staple())))
    _refused(files.run("--staple", "staple.pem", "--leaf", "leaf.pem"), "--staple", "staple.pem", words)


# ---------------------------------------------------------------- certificates


def test_certificates_are_read_in_der_and_pem(files: Folder) -> None:
    files.put("leaf.der", files.leaf.der)
    files.put("ca.der", files.ca.der)
    for leaf, ca in (("leaf.der", "ca.pem"), ("leaf-only.pem", "ca.der"), ("leaf.pem", "ca.pem")):
        assert files.run("--staple", "staple.der", "--leaf", leaf, "--issuer", ca).exit_code == 0, (leaf, ca)


def test_the_issuer_may_be_left_out_where_the_leafs_file_holds_it_and_only_there(files: Folder) -> None:
    assert files.run(*GOOD).exit_code == 0
    result = files.run("--staple", "staple.der", "--leaf", "leaf-only.pem")
    assert result.exit_code == 2
    assert result.stdout.startswith("errors: the staple does not verify: issuer_unavailable\n")
    assert "give the certificate of CN=Lab Issuing CA with --issuer" in " ".join(result.stdout.split())
    assert json.loads(files.run("--staple", "staple.der", "--leaf", "leaf-only.pem", "--json").stdout)["issuer"] is None


def test_the_first_certificate_is_the_leaf(files: Folder) -> None:
    files.put("reversed.pem", pem(*reversed(files.leaf.chain)))
    result = files.run("--staple", "staple.der", "--leaf", "reversed.pem", "--issuer", "ca.pem")
    assert result.exit_code == 2
    assert "certid_serial_mismatch" in result.stdout


def test_the_issuer_is_found_wherever_it_stands_also_behind_all_other_cas(files: Folder) -> None:
    strangers = [Authority.root(f"Other CA {number}", now=NOW).certificate_pem for number in range(40)]
    files.put("bundle.pem", b"".join(strangers) + files.ca.certificate_pem)
    assert files.run("--staple", "staple.der", "--leaf", "leaf-only.pem", "--issuer", "bundle.pem").exit_code == 0
    files.put("strangers.pem", b"".join(strangers))
    assert files.run("--staple", "staple.der", "--leaf", "leaf-only.pem", "--issuer", "strangers.pem").exit_code == 2


def test_several_issuers_may_be_given_and_a_cross_signed_twin_does(files: Folder) -> None:
    stranger = Authority.root("Other CA", now=NOW)
    files.put("other.pem", stranger.certificate_pem)
    files.put("twin.pem", cross_signed(files.ca, stranger).certificate_pem)
    for last in ("ca.pem", "twin.pem"):
        asked = ("--staple", "staple.der", "--leaf", "leaf-only.pem", "--issuer", "other.pem", "--issuer", last)
        assert files.run(*asked).exit_code == 0


def test_keys_beside_certificates_are_passed_over_but_do_not_make_a_file_of_certificates(files: Folder) -> None:
    files.put("haproxy.pem", files.leaf.key_pem + files.leaf.chain_pem)
    assert files.run("--staple", "staple.der", "--leaf", "haproxy.pem").exit_code == 0
    files.put("key.pem", files.leaf.key_pem)
    result = files.run("--staple", "staple.der", "--leaf", "key.pem")
    _refused(result, "--leaf", "key.pem", "holds PRIVATE KEY (line 1), but no CERTIFICATE")
    assert files.leaf.key_pem.splitlines()[1].decode() not in result.output


def test_an_encrypted_key_of_old_is_passed_over_although_its_headers_are_no_base64(files: Folder) -> None:
    headers = b"RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n\nAAAA\n"
    key = b"-----BEGIN " + headers + b"-----END RSA PRIVATE KEY-----\n"
    files.put("haproxy.pem", key + files.leaf.chain_pem)
    assert files.run("--staple", "staple.der", "--leaf", "haproxy.pem").exit_code == 0


@pytest.mark.parametrize("option", ["--leaf", "--issuer"])
@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "is empty"),
        (b"hello", "holds no certificate, neither PEM nor DER"),
        (b"\x30\x03\x0a\x01\x03", "holds no certificate, neither PEM nor DER"),
        (armoured("CERTIFICATE", b"\x30\x00"), "is damaged in line 1: the certificate does not decode"),
        (
            b"\n\n-----BEGIN CERTIFICATE-----\nMIIB\n",
            "is cut off: the CERTIFICATE that begins in line 3 has no END line",
        ),
        (b"-----BEGIN CERTIFICATE-----\nM!\n-----END CERTIFICATE-----\n", "is damaged: the CERTIFICATE that begins"),
        (armoured("PKCS7", b"\x30\x00"), "holds PKCS7 (line 1), but no CERTIFICATE"),
    ],
)
def test_what_is_no_certificate_is_refused(files: Folder, option: str, data: bytes, words: str) -> None:
    files.put("bad.pem", data)
    leaf = [] if option == "--leaf" else ["--leaf", "leaf.pem"]
    _refused(files.run("--staple", "staple.der", *leaf, option, "bad.pem"), f"{option}: ", "bad.pem", words)


def test_a_damaged_certificate_behind_the_leaf_is_refused_with_its_line(files: Folder) -> None:
    lines = files.leaf.certificate_pem.count(b"\n")
    with pytest.raises(UnusableFileError, match=f"is damaged in line {lines + 1}: "):
        parse_certificates(files.leaf.certificate_pem + armoured("CERTIFICATE", b"\x30\x00"))


# ---------------------------------------------------------------- reading


@pytest.mark.parametrize("option", ["--staple", "--leaf", "--issuer"])
def test_one_file_may_be_the_standard_input(files: Folder, option: str) -> None:
    named = {"--staple": "staple.der", "--leaf": "leaf-only.pem", "--issuer": "ca.pem"}
    stdin = (files.path / named[option]).read_bytes()
    words = [word for pair in (named | {option: "-"}).items() for word in pair]
    result = files.run(*words, "--json", stdin=stdin)
    assert result.exit_code == 0
    if option == "--staple":
        assert json.loads(result.stdout)["staple"]["source"] == "standard input"


@pytest.mark.parametrize("option", ["--staple", "--leaf", "--issuer"])
def test_a_file_that_is_not_there_or_a_directory_is_refused(files: Folder, option: str) -> None:
    named = {"--staple": "staple.der", "--leaf": "leaf.pem", "--issuer": "ca.pem"}
    for wrong, words in (("none.pem", "No such file or directory"), (str(files.path), "Is a directory")):
        asked = [word for pair in (named | {option: wrong}).items() for word in pair]
        _refused(files.run(*asked), f"{option}: ", wrong, f"cannot be read: {words}")


def test_a_file_without_end_is_refused(files: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files_module, "LARGEST", 1024 * 1024)
    _refused(files.run("--staple", "/dev/zero", "--leaf", "leaf.pem"), "is larger than 1 MiB")


def test_a_name_that_no_terminal_should_see_is_escaped(files: Folder, tmp_path: Path) -> None:
    name = os.fsdecode(os.fsencode(tmp_path) + b"/\x1b[31m\xff.der")
    Path(name).write_bytes(files.staple())
    shown = r"\x1b[31m\udcff.der"
    assert shown in files.run("--staple", name, "--leaf", "leaf.pem").stdout.replace("\n             ", "")
    assert json.loads(files.run("--staple", name, "--leaf", "leaf.pem", "--json").stdout)["staple"]["source"].endswith(
        shown
    )
    _refused(files.run("--staple", name + "\n", "--leaf", "leaf.pem"), shown + r"\n cannot be read")
