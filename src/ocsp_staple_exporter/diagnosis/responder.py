"""Who signed the staple, and how (RFC 6960 §4.2.2.2, §3.2 (2, 3, 4)). Mostly the CA's fault."""

from __future__ import annotations

from collections.abc import Mapping

from ocsp_staple_exporter.diagnosis.clients import FIREFOX_IGNORES, FIREFOX_STOPS, LIBRARIES_REFUSE, NOBODY_REFUSES
from ocsp_staple_exporter.diagnosis.diagnosis import Fix, Software
from ocsp_staple_exporter.diagnosis.servers import (
    ASK_THE_CA,
    ENVOY_FILE,
    HAPROXY_FILE,
    LIGHTTPD_FILE,
    NGINX_FILE,
    TELL_THE_CA,
)
from ocsp_staple_exporter.diagnosis.story import Story
from ocsp_staple_exporter.model import Reason

_NGINX_VERIFY = Fix(
    software=Software.NGINX,
    text="Let nginx verify what it fetches: it then leaves such a response out. It does not verify "
    "`ssl_stapling_file`.",
    snippet="""\
# in the server block; the trusted file holds intermediate and root
ssl_stapling on;
ssl_stapling_verify on;
ssl_trusted_certificate /etc/nginx/tls/$site.trusted.pem;""",
)
_APACHE_UNSEEN = Fix(
    software=Software.APACHE,
    text="Apache verifies no signature and logs nothing of it. A graceful restart empties its cache, so that it "
    "fetches anew; if the new staple is no better, see what answers under the responder's address.",
    snippet="apachectl configtest && apachectl graceful",
)
_OWN_CA = Fix(
    software=None,
    text="If you run the CA: issue the responder's certificate by the very key that issues the leaves, with the "
    "extended key usage OCSPSigning, with id-pkix-ocsp-nocheck, and renew it in time.",
    snippet="""\
# extensions of the responder's certificate, openssl.cnf
[ ocsp ]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = OCSPSigning
noCheck = ignored""",
)
_SERVERS = (_APACHE_UNSEEN, _NGINX_VERIFY, HAPROXY_FILE, LIGHTTPD_FILE, ENVOY_FILE, NGINX_FILE)
_AT_THE_CA = (ASK_THE_CA, TELL_THE_CA, _OWN_CA, *_SERVERS)


def _fault(headline: str, cause: str, *fixes: Fix, effect: str = LIBRARIES_REFUSE) -> Story:
    return Story(headline=headline, effect=effect, cause=cause, fixes=fixes, runbook="OCSPStapleInvalid")


_PROFILE = "The CA's responder has a certificate that breaks the rules for such certificates."

STORIES: Mapping[Reason, Story] = {
    Reason.RESPONDER_ID_HASH_LENGTH: _fault(
        "The staple names its responder by a hash of the wrong length",
        "The CA's responder uses another hash than SHA-1 where the standard leaves no choice.",
        *_AT_THE_CA,
        effect=FIREFOX_STOPS,
    ),
    Reason.RESPONDER_NOT_FOUND: _fault(
        "It cannot be found out who signed the staple",
        "It comes from another CA than the certificate: compare the issuer ($ca) with the responder ($responder). Or "
        "the CA's responder leaves its own certificate out.",
        *_AT_THE_CA,
    ),
    Reason.RESPONDER_NOT_ISSUED_BY_CA: _fault(
        "The staple is signed by a stranger, not by the issuer or its delegate",
        "The responder's certificate ($responder) comes from another CA than the leaf ($ca): a private CA set up so, "
        "a staple of another site, or somebody in between who answers for the CA.",
        *_AT_THE_CA,
    ),
    Reason.RESPONDER_MISSING_EKU: _fault(
        "The certificate that signed the staple may not sign OCSP responses",
        "The CA forgot the extended key usage OCSPSigning. Any customer of the CA could have signed this: if the CA's "
        "own answer is better, take it for an attack.",
        *_AT_THE_CA,
    ),
    Reason.RESPONDER_NOT_YET_VALID: _fault(
        "The responder's certificate is not valid yet",
        "A clock is wrong, the exporter's or the CA's: $detail.",
        Fix(software=None, text="Look at the clock of this machine first.", snippet="timedatectl status || date -u"),
        *_AT_THE_CA,
    ),
    Reason.RESPONDER_EXPIRED: _fault(
        "The certificate that signed the staple has expired ($responder_not_after)",
        "The server keeps a response whose signer's certificate ended before the response did; servers fetch anew "
        "only when the response ends. Or the CA let its responder's certificate expire.",
        Fix(
            software=Software.NGINX,
            text="A reload empties the cache; the second connection to each worker has the new staple.",
            snippet="nginx -t && systemctl reload nginx",
        ),
        *_AT_THE_CA,
    ),
    Reason.SIGNATURE_INVALID: _fault(
        "The signature of the staple is wrong: it was damaged or forged",
        "A file was damaged, or what answers under the responder's address is not the CA. Apache, HAProxy, lighttpd "
        "and Envoy staple a response without checking its signature; nginx does so from a file.",
        *_SERVERS[:1],
        ASK_THE_CA,
        *_SERVERS[1:],
        TELL_THE_CA,
        effect=FIREFOX_STOPS,
    ),
    Reason.SIGNATURE_ALGORITHM_UNSUPPORTED: _fault(
        "The staple is signed with an algorithm that the exporter does not know",
        "$detail. Older clients do not know it either.",
        ASK_THE_CA,
        TELL_THE_CA,
        Fix(software=None, text="If browsers know the algorithm, report a gap of the exporter's."),
        effect=FIREFOX_STOPS,
    ),
    Reason.SIGNATURE_WEAK_MD5: _fault(
        "The staple is signed with MD5, which can be forged",
        "The CA's responder is decades behind.",
        TELL_THE_CA,
        _OWN_CA,
        effect="Firefox shows an error page and GnuTLS programs refuse. OpenSSL programs accept it.",
    ),
    Reason.SIGNATURE_WEAK_SHA1: _fault(
        "The staple is signed with SHA-1",
        "The CA's responder signs with SHA-1, which public CAs may not do since June 2022.",
        TELL_THE_CA,
        Fix(
            software=None,
            text="If you run the CA with OpenSSL's responder, set the hash; `index.txt` and the files are those of "
            "the CA.",
            snippet="openssl ocsp -port 8080 -index index.txt -CA ca.pem -rsigner ocsp.pem -rkey ocsp.key -rmd sha256",
        ),
        effect="Firefox shows an error page, unless CRLite spares it the staple. The others accept it.",
    ),
    Reason.RESPONDER_IS_CA: _fault(
        "The responder's certificate is that of a CA", _PROFILE, TELL_THE_CA, _OWN_CA, effect=FIREFOX_IGNORES
    ),
    Reason.RESPONDER_BAD_KEY_USAGE: _fault(
        "The responder's certificate lacks the key usage for signing",
        _PROFILE,
        TELL_THE_CA,
        _OWN_CA,
        effect=NOBODY_REFUSES,
    ),
    Reason.RESPONDER_MISSING_NOCHECK: _fault(
        "The responder's certificate lacks the mark that spares clients a check of it (id-pkix-ocsp-nocheck)",
        _PROFILE,
        TELL_THE_CA,
        _OWN_CA,
        effect=NOBODY_REFUSES,
    ),
    Reason.RESPONDER_KEY_WEAK: _fault(
        "The responder's key is weak: $detail", _PROFILE, TELL_THE_CA, _OWN_CA, effect=FIREFOX_IGNORES
    ),
    Reason.RESPONDER_CERT_WEAK_SIGNATURE: _fault(
        "The responder's certificate is signed with an outdated hash: $detail",
        _PROFILE,
        TELL_THE_CA,
        _OWN_CA,
        effect="Firefox goes on as if there were no staple, GnuTLS programs refuse. The others accept it.",
    ),
}
