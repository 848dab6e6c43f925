"""Why mutants of the planner, and of the loops live."""

from namelatch.lab.mutants.reasons.reason import Reason

PLANNER: tuple[Reason, ...] = (
    Reason("actors/planner.py", "lead", "equivalent", "a function that ends returns None", ("84880d11dbd1",)),
    Reason(
        "actors/planner.py",
        "publish",
        "not modelled",
        "in the lab a plan is always in turn",
        ("9a49291550ac",),
        "tests/actors/test_roles.py",
    ),
    Reason(
        "actors/planner.py",
        "publish",
        "equivalent",
        "for a full plan it has asked for everything, and then the source says of nothing that it alone has changed",
        ("b4cdd728d4f8",),
    ),
    Reason(
        "actors/planner.py",
        "publish",
        "not modelled",
        "who published a plan is for people to read; nobody decides by it",
        ("ee863fe2202b",),
    ),
    Reason("actors/planner.py", "publish", "equivalent", "nobody looks at what it returns", ("6a7268a19c98",)),
    Reason(
        "actors/planner.py",
        "_inputs",
        "equivalent",
        "a revision is lower or the same: one of the two at most",
        ("5d81ee88b1fd",),
    ),
    Reason(
        "actors/planner.py",
        "_plan",
        "equivalent",
        "a plan has no base just where the source says of nothing that it alone has changed",
        ("189a87eed032", "dba4cb90a0a8", "10476a0edae0"),
    ),
    Reason(
        "actors/planner.py",
        "_plan",
        "not modelled",
        "the lab's source lists no name as changed that it takes down",
        ("ec3bdceefaa4",),
    ),
    Reason("actors/planner.py", "_plan", "work only", "a renewal more, and one less", ("7fa4800e04f3",)),
    Reason("actors/planner.py", "_log_is_intact", "equivalent", "where no plan is, none is applied", ("492672fdde35",)),
    Reason(
        "actors/planner.py",
        "_full_is_due",
        "equivalent",
        "the first plan has no base anyway, and a chain that is broken owes a full plan already",
        ("6704b8eb6a35",),
    ),
    Reason(
        "actors/planner.py",
        "_commit",
        "equivalent",
        "that nobody leads is asked for when a leadership is taken, and not when a plan is published",
        ("e6d7f1fd6b94",),
    ),
    Reason(
        "actors/planner.py", "_commit", "equivalent", "a case before it has taken every conflict", ("ca42fcb8829c",)
    ),
    Reason(
        "actors/planner.py",
        "_commit",
        "equivalent",
        "a function that ends returns None, which is as good as False",
        ("82a8ed95a103",),
    ),
    Reason(
        "actors/planner.py",
        "_commit",
        "equivalent",
        "a lost condition that all share is told before those of single changes, and there is one",
        ("bc77a90f26b4",),
    ),
    Reason(
        "actors/planner.py",
        "_next_number",
        "equivalent",
        "no plan is published whose number was not taken before",
        ("739d670e0516",),
    ),
    Reason(
        "actors/service.py", "_enact_newest", "equivalent", "where there is no plan, none is done", ("f3577ba397dd",)
    ),
    Reason(
        "actors/service.py",
        "_born",
        "not modelled",
        "in the lab a later life has a later name, and no revision is shown to an enactor",
        ("41894114c975",),
        "tests/actors/test_roles.py",
    ),
)
