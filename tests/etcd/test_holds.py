"""Holds, however many there are: exactly who is held loses, and no batch is refused for its size."""

import pytest

from coordination.conformance.world import ONE, g
from coordination.etcd.authority import EtcdAuthority
from coordination.etcd.client import EtcdClient
from coordination.etcd.settings import EtcdSettings
from coordination.intents import (
    Batch,
    Committed,
    Conflict,
    Enact,
    Hold,
    Lift,
    Lost,
    Proposal,
    RootOlder,
    RootVersion,
    Unheld,
)
from coordination.limits import HOLDS_LISTED, READ_ENDPOINTS, TXN_OPERATIONS
from coordination.packing import pack
from coordination.records import Endpoint
from tests.bounded import run
from tests.etcd.given import batch, proxied

CROWD = tuple(Endpoint(f"crowd-{number:05}.example") for number in range(HOLDS_LISTED + 5))
NAMES = tuple(Endpoint(f"host-{number:05}.example") for number in range(READ_ENDPOINTS))
MINE, THEIRS = Endpoint("zz-mine.example"), Endpoint("zz-theirs.example")  # behind the crowd in every listing
FEW_OR_MANY = pytest.mark.parametrize("crowd", [CROWD[:3], CROWD], ids=["a few holds", "more than one read brings"])


async def hold(authority: EtcdAuthority, names: tuple[Endpoint, ...], hand: str) -> None:
    for some in pack(Proposal(Hold(name, hand)) for name in names):
        assert isinstance(await authority.commit(some), Committed)


def first(name: Endpoint) -> Proposal:
    return Proposal(Enact(name, g(1), ONE, None, "x"), (RootVersion(name, 0),))


@FEW_OR_MANY
def test_my_own_hold_lets_me_write_and_anothers_does_not(settings: EtcdSettings, crowd: tuple[Endpoint, ...]) -> None:
    async def scenario() -> None:
        async with EtcdClient(settings) as client:
            operator, authority = EtcdAuthority(client), EtcdAuthority(client)
            await hold(operator, crowd, "operator")
            await hold(operator, (MINE,), "x")
            await hold(operator, (THEIRS,), "operator")
            await authority.read((MINE, THEIRS))
            assert isinstance(await authority.commit(Batch((first(MINE),))), Committed)
            refused = await authority.commit(Batch((first(THEIRS), first(NAMES[0]))))
            assert isinstance(refused, Conflict)
            assert refused.lost == (Lost(0, Unheld(THEIRS, "x")),)
            await operator.commit(batch(Lift(THEIRS)))
            for _ in range(2):  # what was assumed of it is out of date, and renewed
                outcome = await authority.commit(Batch((first(THEIRS),)))
            assert isinstance(outcome, Committed)

    run(scenario())


@FEW_OR_MANY
def test_a_hold_that_came_after_the_look_binds_too(settings: EtcdSettings, crowd: tuple[Endpoint, ...]) -> None:
    async def scenario() -> None:
        async with EtcdClient(settings) as client:
            operator, authority = EtcdAuthority(client), EtcdAuthority(client)
            await hold(operator, crowd, "operator")
            await authority.read((THEIRS,))
            await hold(operator, (THEIRS,), "operator")
            refused = await authority.commit(Batch((first(THEIRS), first(NAMES[0]))))
            assert isinstance(refused, Conflict)
            assert refused.lost == (Lost(0, Unheld(THEIRS, "x")),)
            assert isinstance(await authority.commit(Batch((first(NAMES[0]),))), Committed)

    run(scenario())


@FEW_OR_MANY
@pytest.mark.parametrize("look", [True, False], ids=["after a look", "unseen"])
def test_a_full_batch_is_taken_and_loses_exactly_what_is_held(
    settings: EtcdSettings, crowd: tuple[Endpoint, ...], look: bool
) -> None:
    async def scenario() -> None:
        async with proxied(settings) as (proxy, client):
            operator, authority = EtcdAuthority(client), EtcdAuthority(client)
            for some in pack([first(name) for name in NAMES]):
                assert isinstance(await operator.commit(some), Committed)
            held = NAMES[::2]
            await hold(operator, crowd + held, "operator")
            seen = (await operator.read(NAMES)).seen
            if look:
                await authority.read(NAMES)
            changes = [Enact(one.endpoint, g(2), ONE, g(1), "x") for one in seen]
            needs = [
                (RootVersion(one.endpoint, one.root.version), RootOlder(one.endpoint, g(2))) for one in seen if one.root
            ]
            full = next(pack([Proposal(change, own) for change, own in zip(changes, needs, strict=True)]))
            assert len(full.proposals) == (TXN_OPERATIONS - 2) // 3
            outcome = await authority.commit(full)
            assert isinstance(outcome, Conflict)
            lost = [Lost(index, Unheld(NAMES[index], "x")) for index in range(0, len(full.proposals), 2)]
            assert list(outcome.lost) == lost
            sent = [request for method, request in proxy.seen if method == "Txn"][-1]
            assert len(sent.compare) <= TXN_OPERATIONS
            kept = Batch(tuple(one for index, one in enumerate(full.proposals) if index % 2))
            assert isinstance(await authority.commit(kept), Committed)

    run(scenario())
