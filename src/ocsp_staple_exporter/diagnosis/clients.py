"""Who minds a fault: trials with OpenSSL 3.0 and GnuTLS 3.7, and the sources of the others, as of 2026."""

from __future__ import annotations

FIREFOX_STOPS = (
    "Firefox shows an error page, unless CRLite spares it the staple. GnuTLS programs (wget on Debian) and curl "
    "--cert-status refuse. Chrome goes on."
)
FIREFOX_STOPS_ALONE = (
    "Firefox shows an error page, unless CRLite spares it the staple. OpenSSL and GnuTLS programs do not look."
)
LIBRARIES_REFUSE = (
    "GnuTLS programs (wget on Debian) and curl --cert-status refuse. Firefox and Chrome go on as if there were no "
    "staple."
)
FIREFOX_IGNORES = "Firefox goes on as if there were no staple. The others accept it."
NOBODY_REFUSES = "No browser and no TLS library refuses it."
ALL_ACCEPT = "All clients accept it."
