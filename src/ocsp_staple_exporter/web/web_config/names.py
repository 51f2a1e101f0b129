"""Go's names for the terms of TLS, and what they are called here.

https://pkg.go.dev/crypto/tls#pkg-constants; of the cipher suites only those that
tls.CipherSuites() lists, as the toolkit takes no others.
"""

from __future__ import annotations

import enum
import ssl
from collections.abc import Mapping
from types import MappingProxyType


class ClientAuth(enum.Enum):
    """https://pkg.go.dev/crypto/tls#ClientAuthType."""

    NO = "NoClientCert"
    REQUEST = "RequestClientCert"
    REQUIRE = "RequireClientCert"  # the toolkit's older word for the next one
    REQUIRE_ANY = "RequireAnyClientCert"
    VERIFY_IF_GIVEN = "VerifyClientCertIfGiven"
    REQUIRE_AND_VERIFY = "RequireAndVerifyClientCert"


class Version(enum.Enum):
    TLS10 = "TLS10"
    TLS11 = "TLS11"
    TLS12 = "TLS12"
    TLS13 = "TLS13"


VERSIONS: Mapping[Version, ssl.TLSVersion] = MappingProxyType(
    {
        Version.TLS10: ssl.TLSVersion.TLSv1,
        Version.TLS11: ssl.TLSVersion.TLSv1_1,
        Version.TLS12: ssl.TLSVersion.TLSv1_2,
        Version.TLS13: ssl.TLSVersion.TLSv1_3,
    }
)


class Curve(enum.Enum):
    X25519 = "X25519"
    P256 = "CurveP256"
    P384 = "CurveP384"
    P521 = "CurveP521"


CURVES: Mapping[Curve, str] = MappingProxyType(
    {Curve.X25519: "X25519", Curve.P256: "prime256v1", Curve.P384: "secp384r1", Curve.P521: "secp521r1"}
)
"""OpenSSL's short names."""

SUITES: Mapping[str, str] = MappingProxyType(
    {
        "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256": "ECDHE-ECDSA-AES128-GCM-SHA256",
        "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256": "ECDHE-RSA-AES128-GCM-SHA256",
        "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384": "ECDHE-ECDSA-AES256-GCM-SHA384",
        "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384": "ECDHE-RSA-AES256-GCM-SHA384",
        "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256": "ECDHE-ECDSA-CHACHA20-POLY1305",
        "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256": "ECDHE-RSA-CHACHA20-POLY1305",
        "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA": "ECDHE-ECDSA-AES128-SHA",
        "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA": "ECDHE-RSA-AES128-SHA",
        "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA": "ECDHE-ECDSA-AES256-SHA",
        "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA": "ECDHE-RSA-AES256-SHA",
    }
)
"""Up to TLS 1.2, by OpenSSL's names."""

SUITES_OF_TLS13 = frozenset({"TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"})
"""May be named, and are always offered: neither Go nor Python's ssl lets them be chosen."""
