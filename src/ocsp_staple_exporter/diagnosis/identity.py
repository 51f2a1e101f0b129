"""Whose staple is it: the leaf's issuer, and the entry for the leaf (RFC 6960 §4.1.1, §3.2 (1))."""

from __future__ import annotations

from collections.abc import Mapping

from ocsp_staple_exporter.diagnosis.clients import LIBRARIES_REFUSE
from ocsp_staple_exporter.diagnosis.diagnosis import Fix, Software
from ocsp_staple_exporter.diagnosis.servers import (
    ASK_THE_CA,
    CADDY_LOG,
    ENVOY_FILE,
    FETCH,
    HAPROXY_FILE,
    LIGHTTPD_FILE,
    TELL_THE_CA,
)
from ocsp_staple_exporter.diagnosis.story import Story
from ocsp_staple_exporter.model import Reason

_NGINX_ONE_FILE = Fix(
    software=Software.NGINX,
    text="`ssl_stapling_file` goes out with every certificate of its server block, RSA and ECDSA alike, and nginx "
    "does not compare. Renew it together with the certificate, or with two certificates drop it and let nginx fetch.",
    snippet=FETCH + "mv new.der /etc/nginx/tls/$site.der && nginx -t && systemctl reload nginx",
)
_APACHE_RELOAD = Fix(
    software=Software.APACHE,
    text="Apache staples what the responder sent, also for another certificate (AH01935 in its log). After a renewal "
    "restart it gracefully; that also empties its cache. If it lasts, the responder answers wrongly.",
    snippet="apachectl configtest && apachectl graceful",
)
_SEND_CHAIN = Fix(
    software=None,
    text="Let the server send the intermediate: the certificate file holds the leaf, then the certificate of $ca. The "
    "last command shows what is sent now.",
    snippet="""\
cat leaf.pem intermediate.pem >chain.pem
openssl verify -partial_chain -trusted intermediate.pem leaf.pem
$look | grep -A 12 '^Certificate chain'""",
)
_ISSUER_FILE = Fix(
    software=None,
    text="If the server cannot be changed, give the certificate to the exporter.",
    snippet="# configuration of the exporter\nmodules:\n  default:\n    issuer_file: "
    "/etc/ocsp-staple-exporter/issuers.pem",
)
_OTHERS = (_NGINX_ONE_FILE, LIGHTTPD_FILE, HAPROXY_FILE, ENVOY_FILE, _APACHE_RELOAD, CADDY_LOG)

_BROKEN_CHAIN = (
    "The chain is broken for clients that do not know the intermediate from elsewhere: they refuse the certificate "
    "itself."
)


def _wrong(headline: str, cause: str, *fixes: Fix, effect: str = LIBRARIES_REFUSE) -> Story:
    return Story(headline=headline, effect=effect, cause=cause, fixes=fixes, runbook="OCSPStapleInvalid")


STORIES: Mapping[Reason, Story] = {
    Reason.ISSUER_UNAVAILABLE: _wrong(
        "The issuer's certificate is missing, so the staple cannot be verified",
        "The server sends the leaf without its intermediate ($ca), and no `issuer_file` is configured.",
        _SEND_CHAIN,
        _ISSUER_FILE,
        effect=_BROKEN_CHAIN,
    ),
    Reason.ISSUER_MISMATCH: _wrong(
        "The intermediate that the server sends did not issue the leaf",
        "After a renewal the old intermediate stayed in place: $detail.",
        _SEND_CHAIN,
        effect=_BROKEN_CHAIN,
    ),
    Reason.SELF_SIGNED_LEAF: _wrong(
        "The certificate issued itself, so its staple vouches for nothing",
        "A certificate for tests is installed, or the wrong virtual host answers.",
        Fix(
            software=None,
            text="See which certificate is sent under this name; install the CA's, or do not watch this host.",
            snippet="$look | openssl x509 -noout -subject -issuer -dates",
        ),
        effect="Visitors get a certificate error anyway.",
    ),
    Reason.CERTID_SERIAL_MISMATCH: _wrong(
        "The staple is for another certificate of the same CA",
        "The certificate was renewed and its old staple stayed, in a file or in a cache. Or the server has two "
        "certificates, RSA and ECDSA, and one staple.",
        *_OTHERS,
        ASK_THE_CA,
    ),
    Reason.CERTID_ISSUER_NAME_MISMATCH: _wrong(
        "The staple is for a certificate whose issuer has another name",
        "It comes from another CA, or was fetched with the wrong `-issuer`.",
        *_OTHERS,
        ASK_THE_CA,
    ),
    Reason.CERTID_ISSUER_KEY_MISMATCH: _wrong(
        "The staple is for a certificate whose issuer has another key",
        "It was fetched with the wrong `-issuer`, mostly the intermediate of an earlier certificate, or the CA has "
        "changed its key.",
        *_OTHERS,
        ASK_THE_CA,
        effect="curl --cert-status refuses. Firefox and Chrome go on as if there were no staple; GnuTLS programs do "
        "not look.",
    ),
    Reason.NO_MATCHING_RESPONSE: _wrong(
        "None of the staple's entries is for this certificate",
        "It was made for other certificates: the file of another host, or one from before the renewal.",
        *_OTHERS,
        ASK_THE_CA,
    ),
    Reason.CERTID_HASH_UNSUPPORTED: _wrong(
        "The staple names the certificate by a hash that clients do not know",
        "The CA's responder, or the request that the staple answers, uses another hash than SHA-1 or SHA-2 ($detail).",
        ASK_THE_CA,
        TELL_THE_CA,
    ),
    Reason.CONFLICTING_RESPONSES: _wrong(
        "Two entries of the staple contradict each other, and one says revoked",
        "The CA's responder is at fault ($detail).",
        ASK_THE_CA,
        TELL_THE_CA,
        effect="OpenSSL and GnuTLS programs believe the first, Firefox the worse: visitors see different things.",
    ),
}

MILD: Mapping[Reason, Story] = {
    Reason.CONFLICTING_RESPONSES: _wrong(
        "Two entries of the staple differ",
        "The CA's responder is at fault ($detail).",
        TELL_THE_CA,
        effect="Nobody is refused now; clients may believe different entries.",
    ),
}
"""For findings that are warnings."""
