"""No staple came."""

from __future__ import annotations

from collections.abc import Mapping

from ocsp_staple_exporter.diagnosis.diagnosis import Fix, Software
from ocsp_staple_exporter.diagnosis.servers import CADDY_LOG, ENVOY_FILE, FETCH
from ocsp_staple_exporter.diagnosis.story import Story
from ocsp_staple_exporter.model import Reason

_NGINX_ON = Fix(
    software=Software.NGINX,
    text="Turn stapling on, and let the certificate file hold the intermediate. If it is on, look in the error log "
    "for "
    '`"ssl_stapling" ignored` and what stands behind it; `nginx -t` calls the configuration good all the same.',
    snippet="""\
# in the server block; the trusted file holds intermediate and root
ssl_certificate /etc/nginx/tls/$site.chain.pem;
ssl_certificate_key /etc/nginx/tls/$site.key.pem;
ssl_stapling on;
ssl_stapling_verify on;
ssl_trusted_certificate /etc/nginx/tls/$site.trusted.pem;
resolver 127.0.0.53;""",
)
NGINX_PRELOAD = Fix(
    software=Software.NGINX,
    text="nginx fetches after the first handshake, so each worker sends no staple on its first connection after every "
    "start and reload. Only a file is there from the first connection on; a timer must renew it.",
    snippet="""\
# in the server block; the file is DER, written by openssl ocsp -respout
ssl_stapling on;
ssl_stapling_file /etc/nginx/tls/$site.der;""",
)
_APACHE_ON = Fix(
    software=Software.APACHE,
    text="Turn stapling on, and let the certificate file hold the intermediate. If it is on, look in the error log "
    "for AH02217 (issuer not found), AH02218 (no responder in the certificate) and AH02604.",
    snippet="""\
# outside of <VirtualHost>; needs mod_ssl and mod_socache_shmcb
SSLUseStapling on
SSLStaplingCache shmcb:$${APACHE_RUN_DIR}/ssl_stapling(128000)""",
)
_HAPROXY_ON = Fix(
    software=Software.HAPROXY,
    text="HAProxy staples what lies beside the certificate as `.ocsp`, and stops 300 s before nextUpdate. It says at "
    "start why it leaves a file out (`Content will be ignored`). With an RSA and an ECDSA certificate each needs its "
    "own file.",
    snippet=FETCH
    + """mv new.der /etc/haproxy/certs/$site.pem.ocsp &&
  haproxy -c -f /etc/haproxy/haproxy.cfg && systemctl reload haproxy""",
)
_HAPROXY_FETCH = Fix(
    software=Software.HAPROXY,
    text="HAProxy 3.0 and later can fetch. Where the CA's responder has a certificate of its own, the root must be in "
    "the PEM file too, else every answer is an `OCSP response check failure`.",
    snippet="""\
# haproxy.cfg
global
    ocsp-update.mode on""",
)
_LIGHTTPD_ON = Fix(
    software=Software.LIGHTTPD,
    text="lighttpd staples a file and leaves a stale or unreadable one out.",
    snippet="""\
# lighttpd.conf, beside ssl.pemfile; the file is DER
ssl.stapling-file = "/etc/lighttpd/tls/$site.der\"""",
)
_HITCH_ON = Fix(
    software=Software.HITCH,
    text="hitch fetches in the background where it has a directory it may write to. Its log says `Staple verification "
    "failed` or `OCSP_sendreq_nbio failed` where it cannot.",
    snippet="""\
# /etc/hitch/hitch.conf
ocsp-dir = "/var/lib/hitch\"""",
)
_STUNNEL_ON = Fix(
    software=Software.STUNNEL,
    text="stunnel 5.74 staples by itself once it can verify the answer, for which it needs the CA's certificates. "
    "stunnel 5.68, of Debian 12, cannot staple.",
    snippet="""\
# stunnel.conf, in the service
CAfile = /etc/stunnel/$site.trusted.pem""",
)
_IIS_ON = Fix(
    software=Software.IIS,
    text="IIS staples by itself, but not for bindings that require SNI or use the central certificate store. This "
    "turns it on for those too; restart the machine afterwards.",
    snippet="""\
# PowerShell, as administrator
New-ItemProperty -Path 'HKLM:\\SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\SCHANNEL' `
  -Name EnableOcspStaplingForSni -PropertyType DWord -Value 1""",
)
_JAVA_ON = Fix(
    software=Software.JAVA,
    text="Java staples only where it is told to. Tomcat takes it from CATALINA_OPTS, and needs its JSSE connector.",
    snippet="""\
# on the JVM's command line
-Djdk.tls.server.enableStatusRequestExtension=true""",
)
_ON = (
    _NGINX_ON,
    _APACHE_ON,
    _HAPROXY_ON,
    _HAPROXY_FETCH,
    CADDY_LOG,
    ENVOY_FILE,
    _LIGHTTPD_ON,
    _HITCH_ON,
    _STUNNEL_ON,
    _IIS_ON,
    _JAVA_ON,
)

_ASK_AGAIN = Fix(
    software=None,
    text="Ask three times, to tell a server that never staples from one that was just started.",
    snippet="for n in 1 2 3; do $look 2>&1 | grep -E '^OCSP [Rr]esponse'; sleep 1; done",
)
_OTHER_RESPONDER = Fix(
    software=Software.NGINX,
    text="If the CA has a responder all the same, name it.",
    snippet="""\
# in the server block
ssl_stapling on;
ssl_stapling_responder http://ocsp.example.org/;""",
)
_FORCE_URL = Fix(
    software=Software.APACHE,
    text="If the CA has a responder all the same, name it.",
    snippet="""\
# in the VirtualHost
SSLStaplingForceURL http://ocsp.example.org/""",
)

_LOCKS_OUT = (
    "Firefox and GnuTLS programs (wget on Debian) refuse every connection without a staple; so does curl "
    "--cert-status. Chrome, Safari, OpenSSL and Go programs do not look."
)
_NOBODY_MINDS = (
    "No browser refuses. curl --cert-status does. Clients that ask the CA themselves connect more slowly and tell it "
    "whom they visit."
)

STORIES: Mapping[Reason, Story] = {
    Reason.MUST_STAPLE_MISSING: Story(
        headline="No staple came, and the certificate demands one",
        effect=_LOCKS_OUT,
        cause="${acknowledged}"
        "nginx right after a start or a reload: each worker's first connection goes without. If it lasts, "
        "stapling is off or the server gets no good answer from the responder $url. Several servers also hide a "
        "revocation by stapling nothing.",
        fixes=(
            NGINX_PRELOAD,
            *_ON,
            _ASK_AGAIN,
            Fix(
                software=None,
                text="Where stapling cannot be relied on, replace the certificate by one without the TLS Feature "
                "extension (must-staple).",
            ),
        ),
        runbook="OCSPMustStapleMissing",
    ),
    Reason.NO_STAPLE: Story(
        headline="No staple came, and the certificate names the OCSP responder $url",
        effect=_NOBODY_MINDS,
        cause="${acknowledged}"
        "Stapling is off (the default of nginx, Apache, HAProxy and Java); or the intermediate is not in the "
        "certificate file; or the server cannot resolve or reach the responder; or nginx has just been started. "
        "nginx, Caddy, hitch and HAProxy's ocsp-update also hide a revocation by stapling nothing.",
        fixes=(*_ON, _ASK_AGAIN),
        runbook="OCSPStapleMissing",
    ),
}

WITHOUT_RESPONDER: Mapping[Reason, Story] = {
    Reason.MUST_STAPLE_MISSING: Story(
        headline="No staple came, the certificate demands one, and it names no OCSP responder",
        effect=_LOCKS_OUT,
        cause="${acknowledged}"
        "The CA has given up OCSP, or a private CA left the responder's address out. No server can fetch a "
        "staple for this certificate.",
        fixes=(
            Fix(
                software=None,
                text="Replace the certificate by one without the TLS Feature extension (must-staple). In certbot the "
                "option is --must-staple: take `must_staple = True` out of the renewal file.",
            ),
            _OTHER_RESPONDER,
            _FORCE_URL,
        ),
        runbook="OCSPMustStapleMissing",
    ),
    Reason.NO_STAPLE: Story(
        headline="No staple came, the configuration requires one, and the certificate names no OCSP responder",
        effect=_NOBODY_MINDS,
        cause="${acknowledged}"
        "The CA has given up OCSP, as Let's Encrypt has since 2025, or a private CA left the responder's "
        "address out. No server can fetch a staple for this certificate.",
        fixes=(
            Fix(
                software=None,
                text="Do not require what cannot be: with `staple: auto` a staple is due only where the certificate "
                "names a responder.",
                snippet="# configuration of the exporter\nmodules:\n  default:\n    staple: auto",
            ),
            _OTHER_RESPONDER,
            _FORCE_URL,
        ),
        runbook="OCSPStapleMissing",
    ),
}
"""For certificates whose AIA names no responder."""
