"""The walk of one enactment over its goals: read, judge, do what comes first, commit, split off what lost.

Rules. The protocol does the same under every posture; only the safeguards bind. A batch that loses is
split: what lost is retried after a back-off, the rest goes through at once, so that one hot or pinned root
never starves its neighbours. A lost reply is never repeated: the endpoint is read again and judged anew, and the new
conditions make a late arrival harmless. Every loop has its limit in `limits.py`; what reaches it is left
undone, and an incomplete enactment is never finished nor followed by a sweep.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from actors.roles import EnactorSettings, Ports, tell
from coordination import limits
from coordination.intents import (
    Batch,
    ClaimFence,
    Committed,
    Condition,
    Conflict,
    DropLock,
    Enact,
    LockFree,
    LockHeld,
    Lost,
    ManifestLive,
    Proposal,
    RootOlder,
    RootVersion,
    TakeLock,
    TreeExists,
    Unheld,
    Unknown,
)
from coordination.packing import pack
from coordination.plan import Generation, Goal
from coordination.records import Endpoint
from coordination.safeguards import Allowed, Context, First, Lock, Refuse, judge
from coordination.seen import Reading, Seen


class Stopped(Exception):
    """The enactment may not go on. `status` is one word for reports, the text is the reason."""

    def __init__(self, status: str, reason: str) -> None:
        super().__init__(reason)
        self.status = status


@dataclass(slots=True)
class Walk:
    """One enactment's progress. Nothing here outlives it: a restarted enactor reads everything again."""

    ports: Ports
    settings: EnactorSettings
    context: Context
    counts: Counter[str] = field(default_factory=Counter)
    undone: list[Endpoint] = field(default_factory=list)
    _deferred: dict[Endpoint, Goal] = field(default_factory=dict)
    _attempts: Counter[tuple[str, Endpoint]] = field(default_factory=Counter)
    _dangling: dict[Endpoint, Generation] = field(default_factory=dict)
    _locked: set[Endpoint] = field(default_factory=set)
    _unsure_lock: set[Endpoint] = field(default_factory=set)
    _unknowns: int = 0

    async def run(self, goals: Sequence[Goal]) -> None:
        """Bring every goal about, or leave it in `undone`. Raises Stopped when the whole enactment must end."""
        await self._pass(goals)
        backoff_s = limits.BACKOFF_FIRST_S
        while self._deferred:
            waiting, self._deferred = self._deferred, {}
            under_lock = [goal for name, goal in waiting.items() if name in self._locked]
            if under_lock:  # at once: others wait for these locks
                self._deferred = {name: goal for name, goal in waiting.items() if name not in self._locked}
                await self._pass(under_lock)
                continue
            await self.ports.clock.sleep(backoff_s)
            backoff_s = min(2 * backoff_s, limits.BACKOFF_MOST_S)
            await self._pass(list(waiting.values()))

    async def _pass(self, goals: Sequence[Goal]) -> None:
        at_once = self.settings.at_once
        for at in range(0, len(goals), at_once):
            await self._advance(goals[at : at + at_once])

    # --- one batch -----------------------------------------------------------------------------------------------

    async def _advance(self, goals: Sequence[Goal]) -> None:
        seen = await self._first_look(tuple(goal.endpoint for goal in goals))
        if self.settings.posture.writes_empty:
            known = {manifest.generation for manifest in await self.ports.authority.manifests()}
            goals = [goal if goal.generation in known else goal._replace(records=()) for goal in goals]
        todo = list(goals)
        for _ in range(limits.DECIDE_ROUNDS):
            allowed, firsts = await self._judge(todo, seen)
            await self._commit(allowed, goals)
            if not firsts:
                break
            seen = await self._do_first(firsts, seen)
            todo = [goal for goal, _ in firsts if goal.endpoint in seen]
        else:
            self._defer("conflict", todo)
        if self.context.claim is not None and not await self.ports.claims.renew(self.context.claim):
            self.counts["renewals lost"] += 1

    async def _first_look(self, endpoints: tuple[Endpoint, ...]) -> dict[Endpoint, Seen]:
        """What is there; where a lock comes first, nothing yet: it is read under the lock."""
        if any(isinstance(one, Lock) for one in self.settings.posture.safeguards) and not self._locked & set(endpoints):
            return {endpoint: Seen(endpoint) for endpoint in endpoints}
        return {one.endpoint: one for one in (await self._read(endpoints)).seen}

    async def _judge(
        self, goals: Iterable[Goal], seen: dict[Endpoint, Seen]
    ) -> tuple[list[Allowed], list[tuple[Goal, First]]]:
        allowed: list[Allowed] = []
        firsts: list[tuple[Goal, First]] = []
        for goal in goals:
            of_goal = seen[goal.endpoint]
            if self._reached(goal, of_goal):
                self.counts["skipped"] += 1
                if of_goal.locked:
                    await self._drop_lock(goal.endpoint)
                continue
            verdict = judge(self.settings.posture.safeguards, self._change(goal, of_goal), of_goal, self.context)
            match verdict:
                case First():
                    firsts.append((goal, verdict))
                case Refuse():
                    await self._refused(goal, of_goal, verdict)
                case Allowed():
                    if of_goal.dangling and _rollback(verdict) == of_goal.root_generation:
                        await self._wedged(goal, of_goal)
                    else:
                        allowed.append(verdict)
        return allowed, firsts

    def _reached(self, goal: Goal, seen: Seen) -> bool:
        root = seen.root
        if root is None or self.settings.posture.repeats:
            return False
        return root.generation == goal.generation and root.tombstone == (goal.records is None)

    def _change(self, goal: Goal, seen: Seen) -> Enact:
        root = seen.root
        rollback = None if root is None or root.tombstone else root.generation
        return Enact(goal.endpoint, goal.generation, goal.records, rollback, self.settings.az)

    async def _commit(self, allowed: list[Allowed], goals: Sequence[Goal]) -> None:
        if not allowed:
            return
        by_name = {goal.endpoint: goal for goal in goals}
        proposals = [Proposal(one.change, one.conditions) for one in allowed]
        for batch in pack(proposals, allowed[0].shared):
            left: Batch | None = batch
            while left is not None:
                left = await self._commit_one(left, by_name)

    async def _commit_one(self, batch: Batch, goals: dict[Endpoint, Goal]) -> Batch | None:
        """Commit; what is left to propose again at once (the proposals that had not lost), or None."""
        outcome = await self.ports.authority.commit(batch)
        names = [_endpoint(proposal) for proposal in batch.proposals]
        match outcome:
            case Committed():
                self._unknowns = 0
                self.counts["committed"] += len(names)
                self._locked.difference_update(names)
                return None
            case Unknown(reason):
                self._unknowns += 1
                self.counts["unknown"] += 1
                if self._unknowns > limits.UNKNOWN_ATTEMPTS:
                    raise Stopped("unavailable", f"too many lost replies in a row: {reason}")
                self._defer("unknown", (goals[name] for name in names))
                return None
            case Conflict(()):
                self._defer("conflict", (goals[name] for name in names))
                return None
            case Conflict(lost):
                self._unknowns = 0
                self._must_go_on(lost)
                losers = {one.index for one in lost}
                for index in sorted(index for index in losers if index is not None):
                    conditions = tuple(one.condition for one in lost if one.index == index)
                    await self._lost(goals[names[index]], conditions)
                kept = tuple(one for index, one in enumerate(batch.proposals) if index not in losers)
                return replace(batch, proposals=kept) if kept else None

    def _must_go_on(self, lost: tuple[Lost, ...]) -> None:
        for one in lost:
            match one.condition:
                case ClaimFence():
                    raise Stopped("fenced", "the claim is gone: no write of its holder is accepted any more")
                case ManifestLive(generation):
                    raise Stopped("retired", f"the plan of generation {generation} is retired")
                case _:
                    assert one.index is not None, f"a shared condition nobody expects: {one.condition}"

    async def _lost(self, goal: Goal, conditions: tuple[Condition, ...]) -> None:
        """One endpoint's change lost. Decide whether to look again or to leave it."""
        for condition in conditions:
            match condition:
                case Unheld():
                    self.counts["held"] += 1
                    if goal.endpoint in self._locked:
                        await self._drop_lock(goal.endpoint)
                    await self._tell("held", goal.endpoint, "another hand holds this endpoint")
                    return
                case RootOlder() | RootVersion():
                    self.counts["conflicts"] += 1
                case LockHeld(endpoint):
                    self._locked.discard(endpoint)
                case TreeExists(endpoint, generation):
                    self._dangling[endpoint] = generation
        self._defer("conflict", (goal,))

    # --- what comes first ----------------------------------------------------------------------------------------

    async def _do_first(self, firsts: list[tuple[Goal, First]], seen: dict[Endpoint, Seen]) -> dict[Endpoint, Seen]:
        """Take the locks and search the survivors asked for; what is seen after that, of those that succeeded."""
        after: dict[Endpoint, Seen] = {}
        locks = [first.step for _, first in firsts if isinstance(first.step, TakeLock)]
        taken = await self._take_locks(locks)
        if taken:
            after |= {one.endpoint: one for one in (await self._read(taken)).seen}
        for goal, first in firsts:
            if first.step == "find survivor":
                survivor = await self.ports.authority.survivor(goal.endpoint)
                after[goal.endpoint] = replace(seen[goal.endpoint], survivor=survivor, searched=True)
        self._defer("lock", (goal for goal, _ in firsts if goal.endpoint not in after))
        return after

    async def _take_locks(self, locks: list[TakeLock]) -> tuple[Endpoint, ...]:
        taken: list[Endpoint] = []
        for step in locks:
            if step.endpoint in self._unsure_lock:
                await self._drop_lock(step.endpoint)
        for batch in pack([Proposal(step) for step in locks], ()):
            left: Batch | None = batch
            while left is not None and left.proposals:
                names = [_endpoint(proposal) for proposal in left.proposals]
                outcome = await self.ports.authority.commit(left)
                match outcome:
                    case Committed():
                        taken += names
                        self._locked.update(names)
                        self._unsure_lock.difference_update(names)
                        left = None
                    case Unknown():
                        self._unsure_lock.update(names)
                        left = None
                    case Conflict(()):
                        left = None
                    case Conflict(lost):
                        losers = {one.index for one in lost}
                        self.counts["locks lost"] += sum(isinstance(one.condition, LockFree) for one in lost)
                        kept = tuple(one for index, one in enumerate(left.proposals) if index not in losers)
                        left = replace(left, proposals=kept)
        return tuple(taken)

    async def _drop_lock(self, endpoint: Endpoint) -> None:
        outcome = await self.ports.authority.commit(Batch((Proposal(DropLock(endpoint, self.context.who)),)))
        if isinstance(outcome, Unknown):
            self._unsure_lock.add(endpoint)
            return
        self._locked.discard(endpoint)
        if isinstance(outcome, Committed):  # after a conflict the lock whose reply was lost may still arrive
            self._unsure_lock.discard(endpoint)

    async def give_up_locks(self) -> None:
        """Drop every lock that this walk still holds or may hold: it will not come back for them."""
        for endpoint in sorted(self._locked | self._unsure_lock):
            await self._drop_lock(endpoint)

    # --- what ends badly -----------------------------------------------------------------------------------------

    async def _refused(self, goal: Goal, seen: Seen, refusal: Refuse) -> None:
        if seen.locked:
            await self._drop_lock(goal.endpoint)
        if refusal.stop:
            raise Stopped(refusal.safeguard, refusal.guarantee)
        if not refusal.superseded:
            self.counts["refused"] += 1
            self.undone.append(goal.endpoint)
            await self._tell("refused", goal.endpoint, f"{refusal.safeguard}: {refusal.guarantee}")
            return
        self.counts["superseded"] += 1
        if self.counts["superseded"] == 1:
            await self._tell("superseded", goal.endpoint, f"{refusal.safeguard}: {refusal.guarantee}")
        head, generation = self.context.head, self.context.generation
        if head.applied is not None and generation is not None and head.applied > generation:
            raise Stopped("superseded", f"generation {head.applied} is applied already: yields")

    async def _wedged(self, goal: Goal, seen: Seen) -> None:
        if seen.locked:
            await self._drop_lock(goal.endpoint)
        self.counts["wedged"] += 1
        self.undone.append(goal.endpoint)
        detail = f"the rollback record would point at generation {seen.root_generation}, whose tree is gone"
        await self._tell("wedged", goal.endpoint, detail)

    def _defer(self, why: str, goals: Iterable[Goal]) -> None:
        most = {"lock": limits.LOCK_ATTEMPTS, "unknown": limits.UNKNOWN_ATTEMPTS}.get(why, limits.CONFLICT_ATTEMPTS)
        for goal in goals:
            self._attempts[why, goal.endpoint] += 1
            self.counts[f"{why} retries"] += 1
            if self._attempts[why, goal.endpoint] > most:
                self.counts["given up"] += 1
                self.undone.append(goal.endpoint)
            else:
                self._deferred[goal.endpoint] = goal

    # --- reading and telling -------------------------------------------------------------------------------------

    async def _read(self, endpoints: tuple[Endpoint, ...]) -> Reading:
        reading = await self.ports.authority.read(endpoints)
        self.context = replace(self.context, head=reading.head)
        return replace(reading, seen=tuple(self._with_own_knowledge(one) for one in reading.seen))

    def _with_own_knowledge(self, seen: Seen) -> Seen:
        gone = self._dangling.get(seen.endpoint)
        dangling = gone is not None and gone == seen.root_generation
        locked = seen.endpoint in self._locked
        return replace(seen, dangling=dangling, locked=locked) if dangling or locked else seen

    async def _tell(self, event: str, endpoint: Endpoint, detail: str) -> None:
        who, context = self.settings.az, self.context
        await tell(self.ports, who, event, context.generation, endpoint, fence=context.fence, detail=detail)


def _endpoint(proposal: Proposal) -> Endpoint:
    assert isinstance(proposal.change, Enact | TakeLock)
    return proposal.change.endpoint


def _rollback(allowed: Allowed) -> Generation | None:
    assert isinstance(allowed.change, Enact)
    return allowed.change.rollback
