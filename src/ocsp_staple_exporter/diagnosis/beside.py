"""What is wrong beside the leaf's staple: those of intermediates, and handshakes of one probe that do not agree."""

from __future__ import annotations

from collections.abc import Mapping

from ocsp_staple_exporter.diagnosis.diagnosis import Fix, Software
from ocsp_staple_exporter.diagnosis.presence import NGINX_PRELOAD
from ocsp_staple_exporter.diagnosis.servers import HAPROXY_FILE, NGINX_LOG, TELL_THE_CA
from ocsp_staple_exporter.diagnosis.story import Story
from ocsp_staple_exporter.model import Reason

_COUNT = Fix(
    software=None,
    text="Count, to see how many carry a staple and with which certificate.",
    snippet="""\
for n in $$(seq 20); do
  $look 2>/dev/null |
    grep -E '^ *(Serial Number:|OCSP Response Status:)|^OCSP response: no' | tr -s ' \\n' ' '
  echo
done | sort | uniq -c""",
)
_EACH_SERVER = Fix(
    software=None,
    text="If several servers answer for one address, look at each by its own. Give each a target of the exporter, with "
    "the `server_name` of this one.",
    snippet="""\
# configuration of the exporter
targets:
  - host: 192.0.2.11
    server_name: $site
  - host: 192.0.2.12
    server_name: $site""",
)
_NGINX_WORKERS = Fix(
    software=Software.NGINX,
    text="The old workers take no new connection after a reload, but a second master does: one that was started twice, "
    "or that an upgrade of the binary left over. See which processes are there, and since when.",
    snippet="ps -C nginx -o pid,ppid,lstart,args --sort=start_time",
)

_SOMETIMES = "OCSPStapleMissingSometimes"

_NEW_CHAIN = Fix(
    software=None,
    text="Get the current chain from the CA and install it; if the leaf was issued by the revoked certificate, "
    "get a new leaf.",
    snippet="$sent\nfor n in sent*.pem; do openssl x509 -in $$n -noout -subject -issuer -serial; done",
)
_OWN_FILE = Fix(
    software=None,
    text="Whoever staples for the intermediate, mostly a program of your own or a CDN, has to renew that response as "
    "well, or leave it out: no client asks for it.",
)

STORIES: Mapping[Reason, Story] = {
    Reason.INTERMEDIATE_REVOKED: Story(
        headline="A staple says that the CA revoked an intermediate: $detail",
        effect="GnuTLS programs refuse. Browsers learn of revoked intermediates from lists of their own.",
        cause="The CA has replaced the intermediate, and the server still sends the old one.",
        fixes=(_NEW_CHAIN, TELL_THE_CA),
        runbook="OCSPStapleInvalid",
    ),
    Reason.INTERMEDIATE_STAPLE_INVALID: Story(
        headline="A staple for an intermediate is bad: $detail",
        effect="GnuTLS programs refuse, as they look at every staple of the chain. Browsers and OpenSSL programs look "
        "at the leaf's alone.",
        cause="The server staples for the whole chain, and renews the leaf's response only; or it sends the responses "
        "in another order than the certificates.",
        fixes=(_OWN_FILE, TELL_THE_CA),
        runbook="OCSPStapleInvalid",
    ),
    Reason.STAPLE_MISSING_SOMETIMES: Story(
        headline="A staple does not come in every handshake: $detail",
        effect="Where the certificate demands a staple, Firefox and GnuTLS programs are locked out in the handshakes "
        "without. Else nobody minds but curl --cert-status.",
        cause="Workers that each fetch for themselves, as nginx's do: each sends none on its first connection, and "
        "none for 300 s after a failed fetch. Or several servers behind one address, of which one has no staple.",
        fixes=(NGINX_PRELOAD, NGINX_LOG, HAPROXY_FILE, _COUNT, _EACH_SERVER),
        runbook=_SOMETIMES,
    ),
    Reason.CERTIFICATES_DIFFER: Story(
        headline="Handshakes showed different certificates: $detail",
        effect="Nobody, as long as each is valid and has a staple of its own.",
        cause="A renewal that has not reached all servers behind the address, or not all processes of one. If it "
        "lasts, one of them was forgotten, and its certificate ends first.",
        fixes=(_COUNT, _EACH_SERVER, _NGINX_WORKERS),
        runbook=_SOMETIMES,
    ),
    Reason.HANDSHAKE_FAILED_SOMETIMES: Story(
        headline="Not every handshake works: $detail",
        effect="A part of the visitors gets an error or waits.",
        cause="One of several servers behind the address is ill, or the server takes fewer connections than come.",
        fixes=(_COUNT, _EACH_SERVER),
        runbook=_SOMETIMES,
    ),
}
