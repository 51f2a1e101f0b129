"""A target that is probed as several endpoints: each has its own alerts, which say which it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from tests.rules.story import SOUND, UNREACHABLE, WWW, Host, Story, exporter, stale

pytestmark = pytest.mark.real_server

INVALID = replace(SOUND, errors=("signature_invalid",))
FIRST, SECOND = {"address": "192.0.2.1", "key_type": "ecdsa"}, {"address": "2001:db8::2", "key_type": "ecdsa"}


def part(host: Host, labels: Mapping[str, str]) -> Mapping[str, Host]:
    return {WWW: replace(host, labels=labels)}


def test_the_words_say_which_endpoint_it_is_and_how_to_look_at_it(story: Story) -> None:
    labels = {"address": "2001:db8::2", "key_type": "rsa", "tls_version": "1.2"}
    other = {"address": "2001:db8::2", "key_type": "ecdsa", "tls_version": "1.2"}
    ill = replace(SOUND, errors=("signature_invalid", "expired"))
    story.during(31, exporter(part(ill, labels)), exporter(part(stale(), other)))
    annotations = {
        "summary": "A server staples an OCSP response that strict clients refuse.",
        "description": f"{WWW} at 2001:db8::2 (rsa) with TLS 1.2 has been stapling an OCSP response that does not "
        "verify for 30m 0s. Reasons: expired, signature_invalid. Firefox refuses the connection for most of these "
        "reasons, GnuTLS and OpenSSL clients that look for nearly all; Chrome notices nothing. "
        f"Begin with: ocsp-staple-exporter check {WWW} --address 2001:db8::2 --key-type rsa --tls-version 1.2",
        "exporter_url": "http://exporter:10627/?q=www.example.org%3A443"
        "&label=address%3D2001%3Adb8%3A%3A2&label=key_type%3Drsa&label=tls_version%3D1.2",
        "runbook_url": "http://exporter:10627/runbooks/OCSPStapleInvalid",
    }
    where = {"job": "ocsp-staple", "instance": "exporter:10627", "target": WWW, **labels}
    told = {"severity": "critical", "fault": "invalid", **where}
    story.says("OCSPStapleInvalid", told, annotations).holds()


@pytest.mark.parametrize(("label", "one", "other"), [
    ("address", "192.0.2.1", "192.0.2.2"), ("key_type", "rsa", "ecdsa"), ("tls_version", "1.2", "1.3"),
])  # fmt: skip
def test_after_a_restart_one_endpoint_does_not_speak_for_another(
    story: Story, label: str, one: str, other: str
) -> None:
    """The first is probed already and sound; of the second nothing is known yet, so its alert is kept."""
    sound, ill = part(SOUND, {label: one}), part(INVALID, {label: other})
    story.during(31, exporter(sound), exporter(ill)).firing(f"OCSPStapleInvalid critical {WWW}")
    story.during(10, exporter(sound, waiting=1)).firing(f"OCSPStapleInvalid critical {WWW}")
    story.during(5, exporter(sound), exporter(part(SOUND, {label: other}))).firing().holds()


def test_an_address_that_is_let_go_takes_its_alert_along(story: Story) -> None:
    both = exporter(part(SOUND, FIRST)), exporter(part(UNREACHABLE, SECOND))
    story.during(31, *both).firing(f"OCSPProbeFailing warning {WWW}")
    story.during(5, exporter(part(SOUND, FIRST))).firing().holds()


def test_an_address_that_is_switched_off_and_let_go_in_time_alerts_nobody(story: Story) -> None:
    both = exporter(part(SOUND, FIRST)), exporter(part(SOUND, SECOND))
    off = exporter(part(SOUND, FIRST)), exporter(part(UNREACHABLE, SECOND))
    story.during(30, *both).during(10, *off).firing()
    story.during(30, exporter(part(SOUND, FIRST))).firing().holds()


def test_a_name_that_does_not_resolve_alerts_beside_its_known_addresses(story: Story) -> None:
    unresolved = {WWW: replace(UNREACHABLE, probe_error="resolve_failed")}
    story.during(31, exporter(part(SOUND, FIRST)), exporter(unresolved))
    story.firing(f"OCSPProbeFailing warning {WWW}").holds()
