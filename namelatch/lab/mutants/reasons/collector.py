"""Why mutants of the collector live."""

from namelatch.lab.mutants.reasons.reason import Reason

COLLECTOR: tuple[Reason, ...] = (
    Reason(
        "actors/collector.py",
        "sweep",
        "equivalent",
        "who sweeps by reference is the collector, and brings its memory",
        ("b7ce71a7aa0d",),
    ),
    Reason(
        "actors/collector.py",
        "_victims",
        "equivalent",
        "nothing is older than the oldest plan, nor than 1: trees go with their plan, in one deletion",
        ("6c9f8beed2d5", "967ff0763107"),
    ),
    Reason(
        "actors/collector.py",
        "_drop_generation",
        "equivalent",
        "no safeguard has a shared condition for one who has neither claim nor plan",
        ("2b9bfdaf35fd",),
    ),
    Reason(
        "actors/collector.py",
        "_drop_generation",
        "equivalent",
        "what it returns is only counted",
        ("7e246bc2ac1f", "559edf91ebf3", "bbc9f47d6eea"),
    ),
    Reason(
        "actors/collector.py",
        "finish_and_sweep",
        "equivalent",
        "what is swept is older than what was just applied",
        ("b69a57db907e", "75a909564f90"),
    ),
    Reason(
        "actors/collector.py",
        "finish_and_sweep",
        "equivalent",
        "the transaction is made by then: this list is only told and counted",
        ("f5fe5d4073be", "5d61b529ecf8", "d4ac0dcec68e", "b5074ecd2c1e"),
    ),
    Reason(
        "actors/collector.py",
        "finish_and_sweep",
        "work only",
        "after a hint out of date it looks at the head before it tries again",
        ("23c43aaefc66",),
    ),
    Reason(
        "actors/collector.py",
        "finish_and_sweep",
        "equivalent",
        "nothing follows in the loop",
        ("2813f96b05f7", "ca327e9c8580"),
    ),
    Reason("actors/collector.py", "finish_and_sweep", "equivalent", "only what is told is less", ("c425d8b98c20",)),
    Reason(
        "actors/collector.py",
        "_by_reference",
        "equivalent",
        "something is applied, so there is a newest plan",
        ("8e7c648d3521",),
    ),
    Reason("actors/collector.py", "_by_reference", "equivalent", "only what is told is less", ("4634f9b3771e",)),
    Reason(
        "actors/collector.py",
        "_by_reference",
        "equivalent",
        "the newest plan is never retired: it is alive",
        ("06bd17fbac15",),
    ),
    Reason(
        "actors/collector.py", "_by_reference", "equivalent", "nothing is older than the first plan", ("abe5129e5f8b",)
    ),
    Reason(
        "actors/collector.py",
        "_by_reference",
        "equivalent",
        "what is forgotten of a generation that is gone is not asked for again in the pass",
        ("db7551aa0604", "f8d56e96d091"),
    ),
    Reason(
        "actors/collector.py",
        "_by_reference",
        "equivalent",
        "two reasons to leave a generation out, in either order",
        ("bbd62d732d20",),
    ),
    Reason(
        "actors/collector.py",
        "_unneeded",
        "equivalent",
        "the collector sweeps only once something is applied",
        ("a1ae8add8c78",),
    ),
    Reason(
        "actors/collector.py", "_oldest_needed", "equivalent", "there is no plan of no generation", ("52625006e7a8",)
    ),
    Reason(
        "actors/collector.py",
        "_retire",
        "equivalent",
        "no safeguard has a shared condition for one who has neither claim nor plan",
        ("ec64b9e58cdf",),
    ),
    Reason(
        "actors/collector.py",
        "_retire",
        "equivalent",
        "no safeguard refuses that a plan is retired",
        ("2c96d51e9b10", "dc3cda92766b"),
    ),
    Reason(
        "actors/collector.py", "_drop_trees", "equivalent", "it is only asked whether any was missed", ("8aef6b6ae3bc",)
    ),
    Reason(
        "actors/collector.py",
        "_Roots.__init__",
        "equivalent",
        "fields in another order",
        ("c1a9ae4a4e42", "129922873611", "d0f0e3484409"),
    ),
    Reason(
        "actors/collector.py",
        "_Roots.of",
        "equivalent",
        "a tree has a root: none is looked for beyond the last",
        ("a1c6de9ab289",),
    ),
    Reason(
        "actors/collector.py",
        "_Roots.of",
        "equivalent",
        "neither depends on the other",
        ("96f03a2330b5", "7800f2bcfcab"),
    ),
    Reason(
        "actors/collector.py",
        "_Roots.of",
        "equivalent",
        "names only ascend: what is kept of those before is never asked for again",
        ("c436b3b09e89", "1894454377bf", "6d5138c7ac93", "2d836f391bec"),
    ),
    Reason(
        "actors/collector.py",
        "_Roots.of",
        "equivalent",
        "a tree has a root, which nobody deletes: it is never looked for beyond the last",
        ("701d3b7988de", "a65724bcca07"),
    ),
    Reason(
        "actors/collector.py", "_drop", "equivalent", "a case before it has taken every conflict", ("83f7256d8e0b",)
    ),
)
