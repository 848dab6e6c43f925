"""EtcdAuthority, on a real etcd, held to the pure reducer by a state machine; lost replies included.

The model is a set of reducer states: after an Unknown both "it happened" and "it did not" are possible, and
every later answer rules out what contradicts it. etcd does not count a transaction that changes nothing, so
each step of the reducer is told the revision that etcd gave.
"""

import asyncio
import itertools
import os
from collections.abc import Coroutine, Iterator
from dataclasses import dataclass, replace
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from coordination.authority import State, apply
from coordination.etcd.authority import EtcdAuthority
from coordination.etcd.client import EtcdClient
from coordination.intents import Batch, Committed, Conflict, Proposal, Unknown
from coordination.packing import pack
from coordination.records import Endpoint
from tests.bounded import bounded
from tests.etcd.proxy import AFTER, BEFORE, Proxy
from tests.etcd.server import Etcd
from tests.etcd.strategies import changes, conditions

_numbers = itertools.count()


class Loop:
    """An event loop that a synchronous test can ask."""

    def __init__(self) -> None:
        self._runner = asyncio.Runner()

    def __call__(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        return self._runner.run(bounded(coroutine, 20))

    def close(self) -> None:
        self._runner.close()


def at_revision(state: State, revision: int) -> State:
    """The state that etcd numbers so: the next commit of the reducer gets `revision`."""
    return replace(state, revision=revision - 1)


@dataclass(frozen=True)
class Findings:
    """Everything that the reads of an authority say, revisions included."""

    roots: tuple[Any, ...]
    head: Any
    generations: Any
    trees: Any
    manifests: Any
    claims: Any
    survivors: Any


NAMES = tuple(Endpoint(name) for name in ("a-b.example", "a.example", "b.example"))


def findings_of(state: State) -> Findings:
    generations = tuple(sorted(state.trees))
    return Findings(
        tuple(state.roots.get(name) for name in NAMES),
        replace(state.head(), revision=0),
        generations,
        tuple(tuple(sorted(state.trees[one])) for one in generations),
        tuple(state.manifests[one] for one in sorted(state.manifests)),
        tuple(state.claims[one] for one in sorted(state.claims)),
        tuple(max((one for one in generations if name in state.trees[one]), default=None) for name in NAMES),
    )


async def findings_from(authority: EtcdAuthority) -> Findings:
    reading = await authority.read(NAMES)
    generations = await authority.generations()
    return Findings(
        tuple(seen.root for seen in reading.seen),
        replace(reading.head, revision=0),
        generations,
        tuple([await authority.trees(one, None, 100) for one in generations]),
        await authority.manifests(),
        await authority.claims(),
        tuple([await authority.survivor(name) for name in NAMES]),
    )


class Machine(RuleBasedStateMachine):
    """Random batches on both; `backend` is set by the test."""

    backend: Etcd

    def __init__(self) -> None:
        super().__init__()
        self.loop = Loop()
        self.loop(self._open())
        self.possible: list[State] = [State()]
        self.revisions = [0, 1]

    async def _open(self) -> None:
        self.proxy = Proxy(self.backend.address)
        await self.proxy.start()
        prefix = f"m{os.getpid()}-{next(_numbers)}"
        self.client = EtcdClient(replace(self.backend.settings(prefix), endpoints=(self.proxy.address,)))
        self.authorities = [EtcdAuthority(self.client), EtcdAuthority(self.client)]

    def teardown(self) -> None:
        async def close() -> None:
            for authority in self.authorities:
                await authority.close()
            await self.client.close()
            await self.proxy.stop()

        self.loop(close())
        self.loop.close()

    def drawn(self, data: st.DataObject) -> Batch:
        revisions = st.sampled_from(self.revisions)
        proposals = st.builds(Proposal, changes, st.lists(conditions(revisions), max_size=2).map(tuple))
        some = data.draw(st.lists(proposals, min_size=1, max_size=3))
        shared = data.draw(st.lists(conditions(revisions), max_size=1).map(tuple))
        return next(pack(some, shared))  # as the protocol packs: no key twice

    @rule(data=st.data(), who=st.integers(0, 1), again=st.integers(0, 3))
    def commit(self, data: st.DataObject, who: int, again: int) -> None:
        batch = self.drawn(data)
        for _ in range(again + 1):  # the same batch again meets what it did before
            outcome = self.loop(self.authorities[who].commit(batch))
            if isinstance(outcome, Conflict) and not outcome.lost:
                outcome = self.loop(self.authorities[who].commit(batch))
            assert not isinstance(outcome, Unknown)
            self.possible = [state for one in self.possible for state in self.after(one, batch, outcome)]
            assert self.possible, (batch, outcome)
            self.revisions.append(outcome.revision)

    def after(self, state: State, batch: Batch, outcome: Committed | Conflict) -> Iterator[State]:
        """The state after, if this outcome is what the reducer says."""
        then, expected = apply(at_revision(state, outcome.revision), batch)
        if isinstance(expected, Committed) and isinstance(outcome, Committed):
            yield then
        if isinstance(expected, Conflict) and isinstance(outcome, Conflict) and set(expected.lost) == set(outcome.lost):
            yield state

    @rule(data=st.data(), who=st.integers(0, 1), happens=st.booleans())
    @precondition(lambda self: len(self.possible) <= 4)
    def lose_the_reply(self, data: st.DataObject, who: int, happens: bool) -> None:
        batch = self.drawn(data)
        before = self.loop(self.authorities[who].head()).revision
        self.proxy.next_write.append(AFTER if happens else BEFORE)
        outcome = self.loop(self.authorities[who].commit(batch))
        assert isinstance(outcome, Unknown)
        forked = [apply(at_revision(state, before + 1), batch)[0] for state in self.possible]
        self.possible += [state for state in forked if state not in self.possible]

    @rule(who=st.integers(0, 1))
    def read_everything(self, who: int) -> None:
        found = self.loop(findings_from(self.authorities[who]))
        self.possible = [state for state in self.possible if findings_of(state) == found]
        assert self.possible, found


def test_etcd_means_what_the_reducer_says(etcd: Etcd) -> None:
    machine = type("Bound", (Machine,), {"backend": etcd})
    thorough = settings(
        max_examples=20, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck), database=None
    )
    run_state_machine_as_test(machine, settings=thorough)
