"""An authentic staple brings bad news (RFC 6960 §2.2)."""

from __future__ import annotations

from collections.abc import Mapping

from ocsp_staple_exporter.diagnosis.clients import ALL_ACCEPT
from ocsp_staple_exporter.diagnosis.diagnosis import Fix, Software
from ocsp_staple_exporter.diagnosis.servers import ASK_THE_CA, TELL_THE_CA
from ocsp_staple_exporter.diagnosis.story import Story
from ocsp_staple_exporter.model import Reason

_REPLACE = Fix(
    software=None,
    text="Order a new certificate with a new key, install it with its chain, and reload the server. Find out who had "
    "it revoked and why before you do: the old key may be in other hands.",
    snippet="""\
openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout new.key -out new.csr \\
  -subj /CN=$site -addext subjectAltName=DNS:$site""",
)
_SEE_WHICH = Fix(
    software=None,
    text="If it was replaced already, an old certificate is still installed here: compare the serial number, $serial.",
    snippet="$look | openssl x509 -noout -serial -dates",
)
_CERTBOT = Fix(
    software=None,
    text="With certbot, in case the CA still issues to this account.",
    snippet="certbot renew --force-renewal --cert-name $site",
)
_RELOAD_NGINX = Fix(
    software=Software.NGINX,
    text="After the replacement reload, and write `ssl_stapling_file` anew if there is one.",
    snippet="nginx -t && systemctl reload nginx",
)
_RELOAD_APACHE = Fix(
    software=Software.APACHE,
    text="After the replacement restart gracefully.",
    snippet="apachectl configtest && apachectl graceful",
)

STORIES: Mapping[Reason, Story] = {
    Reason.REVOKED: Story(
        headline="The CA has revoked the certificate at $revoked_at (reason: $revocation_reason)",
        effect="Every client that looks refuses: Firefox, Chrome and Safari show an error page, GnuTLS programs (wget "
        "on Debian) and curl --cert-status end the connection.",
        cause="Its owner asked for it, somebody reported the key, or the CA issued it wrongly and took it back. The "
        "reason is the CA's word: key_compromise means that the old key must not be used again.",
        fixes=(_REPLACE, _CERTBOT, _SEE_WHICH, _RELOAD_NGINX, _RELOAD_APACHE),
        runbook="OCSPCertificateRevoked",
    ),
    Reason.CERT_STATUS_UNKNOWN: Story(
        headline="The CA's responder does not know the certificate",
        effect="Firefox shows an error page, unless CRLite spares it the staple; curl --cert-status refuses. GnuTLS "
        "programs accept it, Chrome ignores it.",
        cause="The certificate is new and the responder has not heard of it: with a public CA that takes 15 minutes "
        "at most. Otherwise the responder's data is incomplete, as after a private CA's move, or the certificate is a "
        "forgery.",
        fixes=(
            Fix(
                software=None,
                text="If the certificate is less than an hour old, wait and reload the server, so that it fetches "
                "anew.",
            ),
            ASK_THE_CA,
            TELL_THE_CA,
            _RELOAD_NGINX,
            _RELOAD_APACHE,
            Fix(
                software=None,
                text="If you run the CA with OpenSSL's responder: the certificate has to be in its index, where `V` "
                "is valid.",
                snippet="openssl ca -config ca.cnf -status $serial\nopenssl ca -config ca.cnf -valid leaf.pem",
            ),
        ),
        runbook="OCSPCertificateUnknown",
    ),
    Reason.REASON_CODE_IN_EXTENSION: Story(
        headline="The reason for the revocation stands in the wrong place",
        effect=ALL_ACCEPT,
        cause="The CA's responder puts it into an extension, where public CAs may not have it ($detail).",
        fixes=(TELL_THE_CA,),
        runbook="OCSPStapleInvalid",
    ),
}
