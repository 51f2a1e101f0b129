from __future__ import annotations

import shlex
from dataclasses import replace

import pytest

from ocsp_staple_exporter.diagnosis import Software, diagnose, openssl_command
from ocsp_staple_exporter.model import Endpoint, KeyType, Module, Observation, ProbeResult, Reason, StartTLS, TLSVersion
from tests.diagnosis import ill_results as ill
from tests.exposition import made_results as made

HOSTILE = (
    "a'; touch /pwned; '",
    "$(touch /pwned)",
    "`touch /pwned`",
    "a\ntouch /pwned\n",
    "a; } server { listen 1;",
    "-proxy evil:1",
    'a"; include /etc/shadow; "',
    "$look",
    "${IFS}",
    "\u202eevil",
)
NOT_SHELL = frozenset({Software.ENVOY, Software.IIS, Software.JAVA})


def commands_of(snippet: str) -> bool:
    """Configuration begins with a comment that says where it goes."""
    return bool(snippet) and not snippet.startswith("#")


def at(host: str, server_name: str | None, module: Module | None = None) -> Endpoint:
    return Endpoint(target="x", host=host, port=8443, server_name=server_name, module=module or Module())


def named(result: ProbeResult, text: str) -> ProbeResult:
    """The same result where everything that strangers or a sloppy configuration may supply is `text`."""
    endpoint = replace(result.endpoint, target=text, host=text, server_name=text)
    outcome = result.outcome
    if isinstance(outcome, Observation):
        leaf = replace(outcome.certificate, ocsp_urls=(text,), serial_number=text)
        outcome = replace(outcome, certificate=leaf)
    return replace(result, endpoint=endpoint, outcome=outcome)


def test_the_command_asks_for_a_staple_as_the_probe_does() -> None:
    command = openssl_command(at("www.example.org", "other.example.org"))

    assert command == (
        "openssl s_client -connect www.example.org:8443 -servername other.example.org -status </dev/null"
    )


def test_an_ipv6_address_stands_in_brackets() -> None:
    command = openssl_command(at("2001:db8::1", "www.example.org"))

    assert shlex.split(command)[3] == "[2001:db8::1]:8443"


def test_without_sni_openssl_is_told_to_send_none() -> None:
    command = openssl_command(at("192.0.2.1", None))

    assert command == "openssl s_client -connect 192.0.2.1:8443 -noservername -status </dev/null"


def test_a_module_with_one_version_gives_the_option_for_it() -> None:
    only = Module(tls_versions=(TLSVersion.TLS_1_2,))

    assert " -tls1_2 " in openssl_command(at("www.example.org", "www.example.org", only))
    assert "tls1" not in openssl_command(at("www.example.org", "www.example.org"))


def test_an_endpoint_of_a_fan_out_is_asked_as_the_probe_asks_it() -> None:
    part = replace(
        at("www.example.org", "www.example.org"),
        address="2001:db8::1",
        key_type=KeyType.RSA,
        tls_version=TLSVersion.TLS_1_3,
    )
    assert openssl_command(part) == (
        "openssl s_client -connect '[2001:db8::1]:8443' -servername www.example.org "
        "-tls1_3 -sigalgs RSA-PSS+SHA256:RSA+SHA256 -status </dev/null"
    )


@pytest.mark.parametrize("protocol", [each for each in StartTLS if each is not StartTLS.RDP])
def test_openssl_is_told_what_is_spoken_before_tls(protocol: StartTLS) -> None:
    words = shlex.split(openssl_command(at("192.0.2.1", "im.example.org", Module(starttls=protocol))))

    named = ["-xmpphost", "im.example.org"] if protocol.value.startswith("xmpp") else []
    assert words[2:] == [
        *("-connect", "192.0.2.1:8443", "-starttls", protocol.value, *named),
        *("-servername", "im.example.org", "-status", "</dev/null"),
    ]


def test_where_openssl_does_not_speak_the_protocol_our_own_command_does() -> None:
    module = Module(starttls=StartTLS.RDP)

    assert openssl_command(at("192.0.2.1", "a.example", module)) == (
        "ocsp-staple-exporter check --starttls rdp --server-name a.example 192.0.2.1:8443"
    )
    assert openssl_command(at("192.0.2.1", None, module)) == (
        "ocsp-staple-exporter check --starttls rdp 192.0.2.1:8443"
    )


def test_where_openssl_cannot_save_the_certificates_people_are_told_to() -> None:
    result = ill.with_error(Reason.EXPIRED)
    rdp = replace(result, endpoint=replace(result.endpoint, module=Module(starttls=StartTLS.RDP)))

    asked, told = diagnose(result), diagnose(rdp)

    assert asked is not None
    assert told is not None
    assert any("-showcerts" in fix.snippet for fix in asked.fixes)
    assert not any("-showcerts" in fix.snippet or "awk" in fix.snippet for fix in told.fixes)
    assert any("save the certificates" in fix.snippet for fix in told.fixes)


@pytest.mark.parametrize("protocol", [StartTLS.XMPP, StartTLS.RDP])
@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_stays_one_word_beside_starttls_too(name: str, protocol: StartTLS) -> None:
    plain = shlex.split(openssl_command(at("a.example", "a.example", Module(starttls=protocol))))
    words = shlex.split(openssl_command(at(name, name, Module(starttls=protocol))))

    assert len(words) == len(plain)
    assert [word for word in words if word.startswith("--") or word in {"-starttls", "</dev/null"}] == [
        word for word in plain if word.startswith("--") or word in {"-starttls", "</dev/null"}
    ]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_stays_one_word_of_the_command(name: str) -> None:
    words = shlex.split(openssl_command(at(name, name)))

    assert words[:3] == ["openssl", "s_client", "-connect"]
    assert words[4] == "-servername"
    assert words[6:] == ["-status", "</dev/null"]


def test_every_snippet_of_commands_is_whole() -> None:
    for result in ill.ALL:
        diagnosis = diagnose(result)
        assert diagnosis is not None
        for fix in diagnosis.fixes:
            if commands_of(fix.snippet) and fix.software not in NOT_SHELL:
                assert shlex.split(fix.snippet)
                assert fix.snippet == fix.snippet.strip()


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_change_no_snippet_but_in_place_of_one_word(name: str) -> None:
    """Split into words, a snippet with hostile names has as many as one with a name that is too odd for file names."""
    for result in ill.ALL[::3]:
        harmless, hostile = diagnose(named(result, "(odd)")), diagnose(named(result, name))
        assert harmless is not None
        assert hostile is not None
        for expected, fix in zip(harmless.fixes, hostile.fixes, strict=True):
            if commands_of(fix.snippet) and fix.software not in NOT_SHELL:
                assert fix.snippet.count("\n") == expected.snippet.count("\n")
                assert len(shlex.split(fix.snippet)) == len(shlex.split(expected.snippet))
            else:
                assert fix.snippet == expected.snippet


def test_a_plain_name_stands_in_configuration_and_files() -> None:
    diagnosis = diagnose(ill.with_warning(Reason.NO_STAPLE), Software.NGINX)
    odd = diagnose(named(ill.with_warning(Reason.NO_STAPLE), "a; }"), Software.NGINX)

    assert diagnosis is not None
    assert odd is not None
    assert "ssl_certificate /etc/nginx/tls/www.example.org.chain.pem;" in diagnosis.fixes[0].snippet
    assert "a; }" not in odd.fixes[0].snippet


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_reach_sentences_escaped(name: str) -> None:
    for result in ill.ALL[::5]:
        diagnosis = diagnose(named(result, name))
        assert diagnosis is not None
        if not isinstance(result.outcome, Observation):  # names in certificates are escaped by whoever reads them
            assert diagnosis.headline.isprintable()
            assert diagnosis.cause.isprintable()


def test_one_diagnosis_is_made_of_the_same_text_each_time() -> None:
    assert diagnose(made.result(made.observation(made.STALE))) == diagnose(made.result(made.observation(made.STALE)))
