"""Why mutants of the authority, and of its laws live."""

from namelatch.lab.mutants.reasons.reason import Reason

AUTHORITY: tuple[Reason, ...] = (
    Reason(
        "coordination/intents.py",
        "laws",
        "equivalent",
        "a tombstone's rollback is older than the plan that takes the name down",
        ("5628afca7c18",),
    ),
    Reason("coordination/intents.py", "laws", "equivalent", "retired twice is retired", ("df8bb454ebb2",)),
    Reason("coordination/intents.py", "laws", "work only", "a finish said twice changes nothing", ("84342b806caf",)),
    Reason(
        "coordination/authority.py",
        "State.head",
        "equivalent",
        "tokens only have to grow with each life",
        ("958da5c7ea77", "39a1d69faf86"),
    ),
    Reason(
        "coordination/authority.py",
        "State.head",
        "equivalent",
        "the two are the same only before the first plan, which is a full one anyway",
        ("c7374b5946ec",),
    ),
    Reason(
        "coordination/authority.py",
        "holds",
        "equivalent",
        "a generation is written twice at most, by two who both saw the root before, and both write the same",
        ("9804c6f7c815",),
    ),
    Reason("coordination/authority.py", "holds", "work only", "a finish said twice changes nothing", ("20840f9d0cbf",)),
    Reason(
        "coordination/authority.py",
        "step",
        "equivalent",
        "a version only has to be another after each write",
        ("16a20684f04d",),
    ),
    Reason(
        "coordination/authority.py",
        "step",
        "equivalent",
        "a leadership has no generation; nobody reads it",
        ("5a18e5b5d513",),
    ),
    Reason(
        "coordination/authority.py",
        "apply",
        "equivalent",
        "nobody decides by the revision at which a conflict was met",
        ("0dfe3f992ef2", "5d0f0caa5c8f"),
    ),
    Reason(
        "coordination/authority.py",
        "apply",
        "equivalent",
        "a revision only has to be greater after each commit",
        ("894a3fcdd78e",),
    ),
)
