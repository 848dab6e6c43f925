"""What etcd holds at rest against the inputs: of roles in memory, sound ones and one with a bug."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

from coordination.feed import Listed, Position
from coordination.lines import encode
from coordination.records import Endpoint, pack
from coordination.seen import Root
from namelatch.chaos.rest import ASKED, asked
from namelatch.matrix.inputs import Turned, TurnedHealth
from namelatch.matrix.owed import Published, as_now, unmet
from tests.actors.town import E1, E2, E3, NAMES, Act, Call, Town, quietly
from tests.actors.world import records


async def _newest_delta(call: Call, act: Act) -> Any:
    """The lab's bug of this name (namelatch.lab.swarm.bugs): each plan is taken for whole."""
    found = await act()
    return tuple(replace(one, base=None) for one in found) if call.name == "manifests" else found


class _Run:
    """A planner and an enactor over inputs in a file."""

    def __init__(self, directory: Path) -> None:
        self.turned = Turned(directory)
        self.town = Town()
        self.town.health = TurnedHealth(directory, NAMES, records)
        self.turned.touch()
        self.act()

    def act(self, *touched: Endpoint, peril=quietly) -> None:
        """Plans of a change each, and then the newest of them is enacted."""

        async def together() -> None:
            for name in touched or (None,):
                if name is not None:
                    self.turned.touch(name)
                assert await self.town.plan()
            assert (await self.town.enact("a", peril=peril)).status == "finished"

        asyncio.run(together())
        assert self.town.state.newest == self.town.state.applied
        assert self.town.fallen == set()

    def listed(self) -> Listed:
        state = self.town.state
        trees = {(number, name): pack(given) for number, of in state.trees.items() for name, given in of.items()}
        return Listed(Position(1, state.revision), dict(state.roots), trees)

    def published(self) -> Published:
        batches = self.town.store.batches
        return Published(
            {"out": "committed", "changes": [encode(one.change) for one in of.proposals]} for of in batches
        )

    def unmet(self, turned: Turned | None = None) -> list[str]:
        return list(unmet(NAMES, self.listed(), turned or self.turned, self.published(), records))


def test_nothing_is_unmet_where_every_delta_was_folded(tmp_path: Path) -> None:
    run = _Run(tmp_path)
    run.act(E1, E2)
    assert run.unmet() == []


def test_a_change_is_found_that_the_newest_delta_does_not_name(tmp_path: Path) -> None:
    run = _Run(tmp_path)
    run.act(E1, E2, peril=_newest_delta)
    assert run.unmet() == [f"{E1} follows generation 1, and changed with 2"]
    run.turned.touch()
    run.act()
    assert run.unmet() == [], "a full plan mends it: it has to be looked for before"


def test_a_name_has_to_be_gone_and_no_other(tmp_path: Path) -> None:
    run = _Run(tmp_path)
    run.turned.remove(E3)
    run.act()
    assert run.unmet() == []
    before = as_now(run.turned)
    run.turned.touch(E3)
    assert run.unmet(before) == []
    assert run.unmet() == [f"{E3} is gone, and should not be"]


def test_a_name_has_to_answer_what_its_plan_gave_it(tmp_path: Path) -> None:
    run = _Run(tmp_path)
    found = run.listed()
    generation = found.roots[E1].generation
    wrong = replace(found, trees={**found.trees, (generation, E1): b"-"})
    told = list(unmet(NAMES, wrong, run.turned, run.published(), records))
    assert told == [f"{E1} answers something else than generation {generation} gave it"]
    rootless = replace(found, roots={name: root for name, root in found.roots.items() if name != E2})
    assert list(unmet(NAMES, rootless, run.turned, run.published(), records)) == [f"{E2} has no root"]


def test_at_rest_everything_that_is_gone_is_asked_for_besides_some_of_the_others() -> None:
    names = [Endpoint(f"n{number:05}.example") for number in range(10 * ASKED)]
    gone = set(names[3::97])
    roots = {name: Root(7, None, name in gone, 1) for name in names}
    found = asked(Listed(Position(1, 1), roots, {}), names[5])
    assert gone <= set(found)
    assert names[5] in found
    assert ASKED <= len(found) <= ASKED + len(gone) + 1
    assert len(set(found)) == len(found)
