"""Every bound of the DNS server, with its reason. RFC numbers are the RFCs' own, the rest are choices."""

# --- names and messages ------------------------------------------------------------------------------------------
NAME_OCTETS = 255  # RFC 1035, 2.3.4: a name with its length octets and the root's
LABEL_OCTETS = 63  # RFC 1035, 2.3.4: the two high bits are reserved or mean a pointer
HEADER_OCTETS = 12  # RFC 1035, 4.1.1
UDP_PLAIN_OCTETS = 512  # RFC 1035, 4.2.1: without EDNS nothing longer may be sent
UDP_MOST_OCTETS = 1232  # DNS flag day 2020, RFC 9715: fits any path without fragments
TCP_MOST_OCTETS = 65_535  # RFC 1035, 4.2.2: a two-octet length
ADDITIONAL_MOST = 4  # records after a question: OPT and TSIG are all that clients send
EDNS_OPTIONS_MOST = 32  # options of one OPT that are stepped over: some twenty are registered at all
RESPONSE_RECORDS_MOST = 512  # records that our prober steps over: 64 targets are the most an RRset has

# --- what is held ------------------------------------------------------------------------------------------------
OVERLAY_MOST = 4_096  # changed names before a base is copied: 15 ms a copy of 150,000, 30 us a copied overlay
ENTRY_OCTETS = 4_096  # two RRsets of MAX_TARGETS targets pack into 1,803
