"""Every server that the exporter is tried against with STARTTLS."""

from __future__ import annotations

from tests.compatibility.starttls.servers import (
    dovecot,
    exim,
    inn,
    inspircd,
    mariadb,
    postgresql,
    proftpd,
    prosody,
    slapd,
    xrdp,
)

PRODUCTS = (
    dovecot.PRODUCT,
    exim.PRODUCT,
    inn.PRODUCT,
    inspircd.PRODUCT,
    inspircd.WITHOUT_CAP,
    mariadb.PRODUCT,
    postgresql.PRODUCT,
    proftpd.PRODUCT,
    prosody.PRODUCT,
    slapd.PRODUCT,
    xrdp.PRODUCT,
)
