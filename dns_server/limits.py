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
SNAPSHOT_OCTETS = 1 << 30  # a snapshot file that says more is damaged: 150,000 endpoints take some 25 MB unpacked
PACK_SLICE = 1_000  # endpoints packed between two turns of the event loop: some 10 ms

# --- following ---------------------------------------------------------------------------------------------------
FOLLOW_FIRST_S = 0.1  # first wait before following again; doubles
FOLLOW_MOST_S = 5.0  # and stops growing here: a healed etcd is followed within seconds
FEED_CLOSE_S = 2.0  # for a left stream to close before it is forgotten

# --- workers -----------------------------------------------------------------------------------------------------
WORKERS_MOST = 64  # processes: beyond the cores of a machine more do not help
FRAME_OCTETS = 256 * 1024  # of one chunk to a worker: parsed in under 2 ms, between two drains of its sockets
FRAME_MOST_OCTETS = FRAME_OCTETS + ENTRY_OCTETS + 512  # a chunk ends with the entry that fills it
BACKLOG_OCTETS = 64 * 1024 * 1024  # unsent to one worker: more than a full snapshot, so it is replaced instead
RESTART_FIRST_S = 0.1  # before the first restart of a worker; doubles
RESTART_MOST_S = 10.0  # and stops growing here
RESTART_FORGET_S = 60.0  # a worker that lived this long starts from the first wait again
WORKER_REPORT_S = 0.5  # between two lines of a worker about itself
WORKER_SILENT_S = 10.0  # without a line: it hangs (or is stopped) with its share of the queries, so it is replaced
FAULT_OCTETS = 1_500  # of the text about a fault: with it a report still fits
REPORT_OCTETS = 4_096  # Linux's PIPE_BUF: a line up to this is written whole or not at all
STOP_S = 2.0  # for a worker to end before it is killed
STATUS_EVERY_S = 0.5  # between two writings of the status file
PORT_ATTEMPTS = 32  # free UDP ports tried until one is free for TCP too

# --- sockets -----------------------------------------------------------------------------------------------------
UDP_READ_OCTETS = 4_096  # of one query: a question and its OPT never need more
UDP_DRAIN = 64  # datagrams answered before the event loop turns: TCP and updates wait 2 ms at most
UDP_BUFFER_OCTETS = 4 * 1024 * 1024  # asked of the kernel: some 10,000 queries while a worker swaps its snapshot
TCP_DRAIN = 32  # pipelined queries of one connection answered before the event loop turns
TCP_BACKLOG = 256  # connections not yet accepted
TCP_UNSENT_OCTETS = 64 * 1024  # of responses to a slow reader before its queries wait
TCP_SWEEP_S = 0.25  # between two looks for idle connections
