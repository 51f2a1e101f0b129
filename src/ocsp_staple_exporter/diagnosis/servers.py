"""How each server is mended: fixes that several stories share.

A snippet of configuration begins with a comment that says where it goes; the others are
commands. Paths are examples, `site` is the endpoint's name.
"""

from __future__ import annotations

from ocsp_staple_exporter.diagnosis.diagnosis import Fix, Software

FETCH = """\
openssl ocsp -noverify -no_nonce -issuer issuer.pem -cert leaf.pem -url $url -respout new.der &&
  { ocsp-staple-exporter check --staple new.der --leaf leaf.pem --issuer issuer.pem; [ $$? -le 1 ]; } &&
  """
"""Write new.der, and go on where it may be served: `check` ends with 0 when it is good, with 1 on mere warnings."""

# Staples that the server reads from a file, and somebody has to renew

NGINX_FILE = Fix(
    software=Software.NGINX,
    text="With `ssl_stapling_file` nginx staples that file without a look at it and fetches nothing. Put a fresh "
    "response there before each reload, or drop the directive and let nginx fetch.",
    snippet=FETCH + "mv new.der /etc/nginx/tls/$site.der && nginx -t && systemctl reload nginx",
)
HAPROXY_FILE = Fix(
    software=Software.HAPROXY,
    text="HAProxy reads `.ocsp` beside the certificate when it starts and renews nothing by itself: write the file "
    "and hand it to the running process, from a timer. HAProxy 3.0 can fetch: `ocsp-update.mode on`.",
    snippet=FETCH
    + """mv new.der /etc/haproxy/certs/$site.pem.ocsp &&
  echo "set ssl ocsp-response $$(base64 -w 0 /etc/haproxy/certs/$site.pem.ocsp)" |
  socat stdio /run/haproxy/admin.sock""",
)
LIGHTTPD_FILE = Fix(
    software=Software.LIGHTTPD,
    text="lighttpd staples `ssl.stapling-file` and fetches nothing. Replace the file from a timer; it notices a new "
    "one without a reload.",
    snippet=FETCH + "mv new.der /etc/lighttpd/tls/$site.der",
)
HITCH_FILE = Fix(
    software=Software.HITCH,
    text="hitch keeps an `ocsp-resp-file` for ever. Let it fetch and keep staples in `ocsp-dir`; it tries again every "
    "300 s.",
    snippet="""\
# /etc/hitch/hitch.conf, without ocsp-resp-file
ocsp-dir = "/var/lib/hitch\"""",
)
STUNNEL_RESTART = Fix(
    software=Software.STUNNEL,
    text="stunnel goes on stapling what it has when it cannot renew it. See what its log says of OCSP, open the way "
    "to the responder, then restart it: a reload while the responder is down loses the staple.",
)
ENVOY_FILE = Fix(
    software=Software.ENVOY,
    text="Envoy never fetches. Write the file of `ocsp_staple` from a timer and deliver it anew, by SDS or a restart. "
    "With `LENIENT_STAPLING` a stale file is left out; with `STRICT_STAPLING` or `MUST_STAPLE` it ends handshakes.",
    snippet="""\
# in the tls_certificates of the DownstreamTlsContext
- certificate_chain: {filename: /etc/envoy/tls/$site.chain.pem}
  private_key: {filename: /etc/envoy/tls/$site.key.pem}
  ocsp_staple: {filename: /etc/envoy/tls/$site.der}""",
)

# Servers that fetch by themselves

APACHE_LOG = Fix(
    software=Software.APACHE,
    text="Apache's error log says why it got no good answer (AH01972: name service, AH01974: connection, AH01977: "
    "timeout, AH01980: HTTP error). Mend that, then empty its cache with a graceful restart; it would ask again only "
    "after an hour.",
    snippet="""\
grep -E 'AH019(4[0-9]|5[0-9]|7[0-9]|8[0-9])|AH022|AH026' /var/log/apache2/error.log | tail
apachectl configtest && apachectl graceful""",
)
NGINX_LOG = Fix(
    software=Software.NGINX,
    text="nginx's error log says why it got no good answer. After a failure it waits 300 s before it asks again; a "
    "reload ends the wait.",
    snippet="""\
grep -iE 'ssl_stapling|OCSP|could not be resolved|certificate status' /var/log/nginx/error.log | tail
nginx -t && systemctl reload nginx""",
)
CADDY_LOG = Fix(
    software=Software.CADDY,
    text="Caddy fetches by itself and staples a stored response while it cannot. Its log says why it cannot.",
    snippet="journalctl -u caddy --since -1d | grep -i 'stapling OCSP' | tail\nsystemctl restart caddy",
)
IIS_FETCH = Fix(
    software=Software.IIS,
    text="Windows fetches by itself and keeps responses in its own cache. Export the certificate as site.cer, see "
    "whether the server reaches the responder, and empty the cache. Behind a proxy, set one for the machine (`netsh "
    "winhttp`).",
    snippet="""\
# as administrator
certutil -verify -urlfetch site.cer
certutil -urlcache * delete""",
)
JAVA_FETCH = Fix(
    software=Software.JAVA,
    text="Java asks the responder in the handshake and waits up to 5 s each time while it fails. Let the JVM reach "
    "it: it takes `http.proxyHost` and `http.proxyPort` from its command line.",
    snippet="""\
# on the JVM's command line
-Dhttp.proxyHost=proxy.example.org -Dhttp.proxyPort=3128""",
)

# Which versions of TLS they speak

NGINX_VERSIONS = Fix(
    software=Software.NGINX,
    text="Allow the current versions.",
    snippet="# in the server block\nssl_protocols TLSv1.2 TLSv1.3;",
)
APACHE_VERSIONS = Fix(
    software=Software.APACHE,
    text="Allow the current versions.",
    snippet="# in the VirtualHost\nSSLProtocol -all +TLSv1.2 +TLSv1.3",
)

# The CA

ASK_THE_CA = Fix(
    software=None,
    text="Ask the CA's responder yourself. If its answer is no better, the CA is at fault; if it is good, the server "
    "is.",
    snippet="""\
$sent
openssl ocsp -noverify -no_nonce -issuer sent2.pem -cert sent1.pem -url $url -respout fresh.der &&
  ocsp-staple-exporter check --staple fresh.der --leaf sent1.pem --issuer sent2.pem""",
)
TELL_THE_CA = Fix(
    software=None,
    text="Tell the CA that issued the certificate ($ca): give it the serial number, $serial, and the staple.",
)
LOOK = Fix(software=None, text="See it with OpenSSL.", snippet="$look")
