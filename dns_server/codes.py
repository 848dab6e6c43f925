"""Numbers of the DNS protocol that more than one module needs (IANA, DNS parameters)."""

A, NS, SOA, AAAA, OPT, IXFR, AXFR, ANY = 1, 2, 6, 28, 41, 251, 252, 255

NOERROR, FORMERR, SERVFAIL, NXDOMAIN, NOTIMP, REFUSED, BADVERS = 0, 1, 2, 3, 4, 5, 16
RCODES = ("NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED", *[""] * 10, "BADVERS")
