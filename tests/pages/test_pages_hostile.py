"""Names that strangers chose, in certificates, alerts and targets, stay text on every page."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from ocsp_staple_exporter import ocsp
from ocsp_staple_exporter.foreign_text import printable
from ocsp_staple_exporter.lab.ca import Authority
from ocsp_staple_exporter.lab.certificates import Draft, Validity, leaf_extensions
from ocsp_staple_exporter.lab.keys import generate_key
from ocsp_staple_exporter.lab.staples import staple
from ocsp_staple_exporter.model import Certificate, Endpoint, ProbeError, ProbeFailure, ProbeResult
from tests.exposition import made_results as made
from tests.pages.html_tree import Element, read_html
from tests.pages.pages_site import site_of

HOSTILE = {
    "markup": "</title><script>alert(1)</script><img src=x onerror=alert(1)>",
    "an attribute": '" onmouseover="alert(1)" x="',
    "a template": "{{ 7 * 7 }}{% raw %}",
    "an entity": "&lt;b&gt; &amp;amp;",
    "control characters": "line\nbreak\r\x1b[31m\x00\x07\x9b",
    "right to left": "\u202egnp.exe\u2066\u200f",
    "separators": "one\u2028two\u2029three\x85",
    "10 kB": "x" * 10_000,
    "backticks": "`code` `",
    "a scheme": "javascript:alert(1)",
}
NAMES = pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE)


def stapled(name: str) -> ProbeResult:
    """A staple and a chain that bear the name; judged as a probe would."""
    distinguished = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, name, _validate=False)])
    issuer = Authority.root(distinguished, now=made.NOW)
    validity = Validity.around(made.NOW, before=timedelta(days=1), after=timedelta(days=1))
    draft = Draft(distinguished, generate_key(), validity, leaf_extensions(("hostile.test",), {}))
    leaf = draft.sign(issuer_name=distinguished, issuer_key=issuer.key)
    der = staple(leaf, issuer, now=made.NOW, responder_id="by_name", flaw="certid_serial_mismatch")
    chain = (leaf.public_bytes(Encoding.DER), issuer.der)
    certificate = ocsp.read_certificate(chain[0])
    assert isinstance(certificate, Certificate)
    verdict = ocsp.judge(der, chain[0], chain[1:], made.NOW)
    observation = made.observation(verdict, leaf=certificate)
    handshake = replace(observation.handshake, chain=chain, staples=(der, None))
    return made.result(replace(observation, handshake=handshake))


async def pages_of(result: ProbeResult) -> list[str]:
    """The list and the page of the endpoint, as bytes would show in a browser."""
    async with site_of(results=[result]) as site:
        shown = []
        for path in ("/", f"/endpoints/{result.endpoint.id}"):
            response, body = await site.ask(path)
            assert response.status == 200
            shown.append(body.decode())
        return shown


def assert_harmless(text: str, sound: Element) -> None:
    """Nothing but text came in: the same elements as on a page with a sound name, and no character that hides."""
    page = read_html(text)
    assert {element.tag for element in page.everything} <= {element.tag for element in sound.everything} | {"details"}
    for element in page.everything:
        assert not any(name.startswith("on") or name == "style" for name in element.attributes)
        assert not element.attributes.get("href", "").lower().startswith(("javascript:", "data:"))
    strange = {character for character in text if unicodedata.category(character) in {"Cc", "Cf", "Zl", "Zp", "Cs"}}
    assert strange <= {"\n"}
    assert len(text) < 100_000


@NAMES
async def test_hostile_names_in_certificates_are_text(name: str) -> None:
    sound = await pages_of(stapled("Sound"))
    shown = await pages_of(stapled(name))
    for text, beside in zip(shown, sound, strict=True):
        assert_harmless(text, read_html(beside))
    chain = read_html(shown[1]).one("ol", of="chain")
    assert [heading.text.startswith("O=") for heading in chain.all("h3")] == [True, True]
    assert all(heading.all("bdi") for heading in chain.all("h3"))


@NAMES
async def test_hostile_alerts_and_banners_are_text(name: str) -> None:
    failed = ProbeError(ProbeFailure.NOT_TLS, printable(name.encode() + b"\xff\xfe"))
    sound = await pages_of(made.result(ProbeError(ProbeFailure.NOT_TLS, "SSH-2.0")))
    for text, beside in zip(await pages_of(made.result(failed)), sound, strict=True):
        assert_harmless(text, read_html(beside))


@NAMES
async def test_hostile_targets_and_labels_are_text(name: str) -> None:
    def endpoint(text: str) -> Endpoint:
        return replace(made.endpoint(), target=text, host="host" + text, server_name=text, labels=(("team", text),))

    sound = await pages_of(made.result(of=endpoint("sound")))
    for text, beside in zip(await pages_of(made.result(of=endpoint(name))), sound, strict=True):
        assert_harmless(text, read_html(beside))


async def test_a_target_that_is_no_unicode_is_shown_with_escapes() -> None:
    for text in await pages_of(made.result(of=made.endpoint("a\udcffb"))):
        assert r"a\udcffb" in read_html(text).text


async def test_a_plain_name_is_shown_as_it_is() -> None:
    for text in await pages_of(made.result(of=made.endpoint("Übung & Söhne (東京)"))):
        assert "Übung & Söhne (東京)" in read_html(text).text


async def test_many_labels_and_a_long_chain_do_not_break_the_page() -> None:
    observation = made.observation()
    handshake = replace(observation.handshake, chain=(b"junk",) * 500, staples=(b"junk",) * 500)
    endpoint = made.endpoint(**{f"label_{number}": "v" for number in range(64)})
    result = made.result(replace(observation, handshake=handshake), of=endpoint)
    overview, detail = await pages_of(result)
    assert len(read_html(overview).one("th", role="rowheader").all("a", of="tag")) == 64
    assert len(read_html(detail).one("ol", of="chain").all("li")) == 500
