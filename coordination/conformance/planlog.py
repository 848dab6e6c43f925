"""What every PlanLog must do: run each of CHECKS against your adapter.

`make()` returns another actor's view of one log that nobody else uses; a check calls it as often as it
has actors. Checks wait at most a few seconds for what must happen and a moment for what must not.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace

from coordination.chunks import PIECE_BYTES
from coordination.codec import BadPlan
from coordination.plan import Entry, Generation, Manifest, Plan
from coordination.ports import PlanLog, PlanLost, PlanTorn, Report
from coordination.records import Endpoint, Records, RRset, Target

Make = Callable[[], Awaitable[PlanLog]]
SOON_S = 10.0
MOMENT_S = 0.3


def _records(number: int) -> Records:
    targets = tuple(Target(f"10.{number >> 8 & 255}.{number & 255}.{share}", share) for share in (1, 2, 3))
    return RRset("A", 60, targets), RRset("AAAA", 60, (Target(f"fd00::{number + 1:x}", 100),))


def plan(generation: int, entries: int = 3, base: int | None = None) -> Plan:
    """A plan whose content tells its generation."""
    names = (Endpoint(f"e{number}.{'zone' * 10}.example") for number in range(entries))
    given = tuple(Entry(name, _records(generation + number)) for number, name in enumerate(names))
    return Plan(Generation(generation), None if base is None else Generation(base), given)


async def check_a_plan_comes_back_as_it_was_sent(make: Make) -> None:
    """Full and delta, removals, empty records and no entries at all."""
    log = await make()
    odd = (Entry(Endpoint("gone.example"), None), Entry(Endpoint("empty.example"), ()))
    for sent in (plan(1), plan(2, base=1), Plan(Generation(3), Generation(2), odd), Plan(Generation(4), None, ())):
        manifest = await log.append(sent)
        assert (manifest.generation, manifest.base) == (sent.generation, sent.base)
        assert await log.fetch(manifest) == sent


async def check_a_manifest_leaves_to_the_planner_what_is_the_planners(make: Make) -> None:
    """Inputs revision and publisher are not the log's to know."""
    manifest = await (await make()).append(plan(1))
    assert (manifest.inputs_revision, manifest.publisher, manifest.retired) == (0, "", False)


async def check_one_actor_reads_what_another_wrote(make: Make) -> None:
    """Views share the log; a planner's additions to the manifest change nothing."""
    planner, enactor = await make(), await make()
    manifest = replace(await planner.append(plan(1)), inputs_revision=9, publisher="planner", retired=True)
    assert await enactor.fetch(manifest) == plan(1)
    assert await enactor.holds(manifest)


async def check_every_plan_is_found_at_its_own_manifest(make: Make) -> None:
    """In any order, as often as one likes."""
    log = await make()
    manifests = [await log.append(plan(generation)) for generation in range(1, 6)]
    for manifest in (*reversed(manifests), manifests[2], manifests[2]):
        assert await log.fetch(manifest) == plan(manifest.generation)


async def check_equal_plans_have_equal_manifests_but_for_the_offset(make: Make) -> None:
    """A plan whose bytes are gone can be published again byte for byte."""
    log = await make()
    first, second = await log.append(plan(1)), await log.append(plan(1))
    assert replace(second, offset=first.offset) == first
    assert await log.fetch(second) == await log.fetch(first)


async def check_a_plan_of_several_chunks(make: Make) -> None:
    """Larger than one message may be."""
    log, sent = await make(), plan(7, entries=12_000)
    manifest = await log.append(sent)
    assert manifest.chunks == -(-manifest.size // PIECE_BYTES) >= 3
    assert await log.fetch(manifest) == sent


async def check_a_plan_that_travels_shows_its_progress_chunk_by_chunk(make: Make) -> None:
    """Both ways; what progress raises ends the call, and the log goes on."""
    log, told = await make(), 0

    class Enough(Exception):
        pass

    async def progress() -> None:
        nonlocal told
        told += 1
        if told == enough:
            raise Enough

    enough = 0
    manifest = await log.append(plan(7, entries=12_000), progress)
    assert told >= manifest.chunks >= 3
    told = 0
    assert await log.fetch(manifest, progress) == plan(7, entries=12_000)
    assert told >= manifest.chunks
    enough = 2
    calls: tuple[Callable[[], Awaitable[object]], ...] = (
        lambda: log.append(plan(8, entries=12_000), progress),
        lambda: log.fetch(manifest, progress),
    )
    for call in calls:
        told = 0
        try:
            await call()
        except Enough:
            assert told == 2, "it went on"
            continue
        raise AssertionError("what progress raised was lost")
    assert await log.fetch(await log.append(plan(9))) == plan(9)


async def check_a_plan_that_no_reader_would_accept_is_refused(make: Make) -> None:
    """A name twice, a name or an address that is none: BadPlan, and the log goes on."""
    log, entry = await make(), plan(1).entries[0]
    no_name = Entry(Endpoint("Not A Name"), entry.records)
    no_address = Entry(entry.endpoint, (RRset("A", 60, (Target("localhost", 1),)),))
    for entries in ((entry, entry), (no_name,), (no_address,)):
        try:
            await log.append(Plan(Generation(1), None, entries))
        except BadPlan:
            continue
        raise AssertionError(f"{entries} was taken")
    assert await log.fetch(await log.append(plan(1))) == plan(1)


async def _torn(log: PlanLog, manifest: Manifest) -> str:
    try:
        await log.fetch(manifest)
    except PlanTorn as torn:
        return str(torn)
    raise AssertionError(f"{manifest} was not refused as torn")


async def _lost(log: PlanLog, manifest: Manifest) -> bool:
    try:
        await log.fetch(manifest)
    except PlanLost:
        return True
    return False


async def check_bytes_that_the_manifest_did_not_promise_are_torn(make: Make) -> None:
    """Another digest, size, base or number of chunks; an impossible size is refused before anything is read."""
    log = await make()
    manifest = await log.append(plan(2, base=1))
    assert await _torn(log, replace(manifest, digest="0" * 64))
    assert await _torn(log, replace(manifest, size=manifest.size + 1))
    assert await _torn(log, replace(manifest, base=None))
    assert await _torn(log, replace(manifest, chunks=manifest.chunks + 1))
    assert await _torn(log, replace(manifest, size=2**50, chunks=2**31))
    assert await log.fetch(manifest) == plan(2, base=1)


async def check_a_plan_that_is_not_there_is_lost(make: Make) -> None:
    """Beyond the end, before the beginning, never written, or where only other plans are."""
    log = await make()
    first = await log.append(plan(1))
    assert await _lost(log, replace(first, offset=first.offset + 1_000))
    assert await _lost(log, replace(first, offset=-1))
    second = await log.append(plan(2))
    assert await _lost(log, replace(first, offset=second.offset))
    assert await _lost(log, replace(second, generation=Generation(3)))


async def check_nothing_was_ever_written(make: Make) -> None:
    """A log that is empty answers too."""
    log = await make()
    manifest = Manifest(Generation(1), None, "0" * 64, 10, 1, 0, 0, "")
    assert await _lost(log, manifest)
    assert not await log.holds(manifest)


async def check_holds_tells_a_plan_from_its_neighbours(make: Make) -> None:
    """True only where the manifest's own first chunk is."""
    log = await make()
    first, second = await log.append(plan(1)), await log.append(plan(2))
    assert await log.holds(first)
    assert await log.holds(second)
    assert not await log.holds(replace(first, offset=second.offset))
    assert not await log.holds(replace(first, offset=second.offset + 1))
    assert not await log.holds(replace(first, digest="0" * 64))


async def check_an_announcement_is_heard_by_everyone(make: Make) -> None:
    """By the one who speaks too, and whoever waits already or comes only later."""
    speaker, waiting = await make(), await make()
    assert await waiting.heard(None, MOMENT_S) is None
    await speaker.announce(Generation(1))
    assert await waiting.heard(None, SOON_S) == 1
    assert await speaker.heard(None, SOON_S) == 1
    assert await (await make()).heard(None, SOON_S) == 1


async def check_only_what_is_beyond_is_heard(make: Make) -> None:
    """Old news is no news."""
    log = await make()
    await log.announce(Generation(5))
    assert await log.heard(Generation(5), MOMENT_S) is None
    await log.announce(Generation(6))
    assert await log.heard(Generation(5), SOON_S) == 6


async def check_an_announcement_is_told_once(make: Make) -> None:
    """Whoever could not act on it waits for the next one instead of spinning."""
    log = await make()
    await log.announce(Generation(5))
    assert await log.heard(None, SOON_S) == 5
    assert await log.heard(None, MOMENT_S) is None


async def check_waiting_for_no_time_returns_at_once(make: Make) -> None:
    """A poll is allowed, on an empty log too."""
    assert await (await make()).heard(None, 0.0) is None


async def check_reports_are_taken(make: Make) -> None:
    """Best effort: the call returns, whatever becomes of the line."""
    log = await make()
    await log.report(Report("enactor-a", "enacted", Generation(1), Endpoint("e1.example"), 17, "", (("changed", 3),)))
    await log.report(Report("collector", "collected"))


CHECKS = (
    check_a_plan_comes_back_as_it_was_sent,
    check_a_manifest_leaves_to_the_planner_what_is_the_planners,
    check_one_actor_reads_what_another_wrote,
    check_every_plan_is_found_at_its_own_manifest,
    check_equal_plans_have_equal_manifests_but_for_the_offset,
    check_a_plan_of_several_chunks,
    check_a_plan_that_travels_shows_its_progress_chunk_by_chunk,
    check_a_plan_that_no_reader_would_accept_is_refused,
    check_bytes_that_the_manifest_did_not_promise_are_torn,
    check_a_plan_that_is_not_there_is_lost,
    check_nothing_was_ever_written,
    check_holds_tells_a_plan_from_its_neighbours,
    check_an_announcement_is_heard_by_everyone,
    check_only_what_is_beyond_is_heard,
    check_an_announcement_is_told_once,
    check_waiting_for_no_time_returns_at_once,
    check_reports_are_taken,
)
