"""Every bound, with its reason. A loop, queue, retry or batch anywhere takes its limit from here."""

# --- records -----------------------------------------------------------------------------------------------------
MAX_TTL_S = 604_800  # a week (RFC 8767 advises the same cap): a longer one is a typing error
MAX_TARGETS = 64  # of one RRset: 64 AAAA targets still pack into one etcd value under 4 KiB
MAX_WEIGHT = 65_535  # as SRV's weight (RFC 2782): 16 bits

# --- etcd --------------------------------------------------------------------------------------------------------
TXN_OPERATIONS = 128  # etcd's --max-txn-ops default; 129 is refused. Compares, puts and failure reads count apart
TXN_BYTES = 1_000_000  # under etcd's 1.5 MiB request limit with room for keys and framing
PAGE_KEYS = 5_000  # of one range reply: some 1 MB of trees, under gRPC's 4 MiB default
READ_ENDPOINTS = 120  # roots read in one transaction: leaves eight operations for head, applied and holds
SKIP_SCAN_GENERATIONS = 10_000  # generations listed by one skip scan: more means that collection is broken
HOLDS_LISTED = 1_000  # holds that come with one read, more cost reads of their own: holds are set by people
PREFIX_BYTES = 64  # of every key: longer ones eat the transaction's bytes
REPLY_BYTES = 256 * 1024 * 1024  # of one message from etcd: three million keys deleted in one revision
CONNECT_TRIES = 2  # a read goes through all endpoints this often before it gives up
LEASE_RENEWALS_PER_TTL = 3  # a lease is renewed when a third of its time has passed: two attempts may be lost
FEED_REPLAY_REVISIONS = 20_000  # further behind, listing is faster than replaying (100,000 events took 12.5 s)
FEED_PAGE_KEYS = 20_000  # of one page of a listing: etcd counts the whole rest at each page; halved when too long
FEED_RELISTS = 5  # listings in a row without one heartbeat coming back, before the feed gives up
FEED_FRAGMENTS = 1_000  # of one watch response: 2 GB; more is no answer that a server of ours means to give

# --- plans -------------------------------------------------------------------------------------------------------
CHUNK_BYTES = 512 * 1024  # half of Kafka's 1 MB default on every side
CHUNK_ENVELOPE_BYTES = 256  # of those, kept for the envelope: it takes 197 at most
PLAN_BYTES = 512 * 1024 * 1024  # a manifest that announces more is refused before anything is fetched
PLAN_ENTRIES = 2_000_000  # twice the largest region the project is built for
DEMO_RECORDS = 2_000_000  # RRsets of a demo: as many
PLAN_SLICE = 10_000  # endpoints planned between two renewals of the leadership: a fraction of a second
PLAN_CHAIN = 64  # deltas folded before a full plan is demanded
PLAN_BACKLOG = 8  # plans not applied yet before the planner slows down: before the enactors' lag stops them, at 10
GENERATION_DIGITS = 20  # etcd compares values as bytes: fixed width makes byte order number order

# --- Kafka -------------------------------------------------------------------------------------------------------
KAFKA_MESSAGE_BYTES = 1_000_000  # under Kafka's default message.max.bytes of 1,048,588 with room for its own framing
APPEND_ATTEMPTS = 2  # of one plan: the second meets a broker that forgot its topics; a third would meet an outage
FETCH_SPAN_FACTOR = 4  # messages read for one plan, in chunks of it: every one twice, mixed with one other planner's
FETCH_SPAN_EXTRA = 64  # and some more, for a plan of one chunk among strangers
ANNOUNCEMENTS_BACK = 1  # where following starts: the newest announcement says all that older ones say
REPORT_QUEUE = 10_000  # lines of audit trail waiting for the broker, some 3 MB; more are dropped and counted
REPORT_BATCH = 200  # lines sent together and, after a failure, again: at least once each
REPORT_BYTES = 16 * 1024  # of one line: a detail is a sentence, not a document
HEARD_POLL_S = 0.5  # between two looks at whether the log moved under a follower that hears nothing

# --- protocol ----------------------------------------------------------------------------------------------------
DECIDE_ROUNDS = 6  # safeguards may ask for a first step this often for one batch, then the batch is deferred
LOCK_ATTEMPTS = 200  # back-offs on one endpoint's lock before the enactment counts as incomplete
CONFLICT_ATTEMPTS = 20  # optimistic retries of one endpoint before the enactment counts as incomplete
UNKNOWN_ATTEMPTS = 20  # read-backs after lost replies, in a row, before the enactor gives up the plan
BACKOFF_FIRST_S = 0.02  # first back-off; doubles
BACKOFF_MOST_S = 0.5  # and stops growing here
BUSY_PASSES = 120  # passes of the collector that delete nothing while a plan is being applied, before one does
LOG_ROUNDS = 20  # rounds of the planner between two looks at whether the log still has what enactors need
BACKLOG_ROUNDS = 200  # rounds between two plans of a planner that slows down: ten such plans are minutes for one walk
WALKERS = 8  # of one enactor: beyond a few, one process is busy with its own work and not with waiting
RETRY_MOST_S = 2.0  # the longest wait before a plan that ended incomplete is tried again

# --- the lab -----------------------------------------------------------------------------------------------------
SEARCH_STEPS = 100_000  # of the search for one root's order: some seconds; an order that is there takes a few a line
