"""The catalogue: one file a scenario, one entry each here, in the order of `namelatch lab list`."""

from namelatch.lab.scenario import Scenario
from namelatch.lab.scenarios.az_offline import AZ_OFFLINE
from namelatch.lab.scenarios.az_slow import AZ_SLOW
from namelatch.lab.scenarios.breakglass_overwritten import BREAKGLASS_OVERWRITTEN
from namelatch.lab.scenarios.claim_swap_window import CLAIM_SWAP_WINDOW
from namelatch.lab.scenarios.cleanup_deletes_active import CLEANUP_DELETES_ACTIVE
from namelatch.lab.scenarios.compaction import COMPACTION
from namelatch.lab.scenarios.content_canary import CONTENT_CANARY
from namelatch.lab.scenarios.delta_lost import DELTA_LOST
from namelatch.lab.scenarios.duplicate import DUPLICATE
from namelatch.lab.scenarios.empty_source import EMPTY_SOURCE
from namelatch.lab.scenarios.free_three import FREE_THREE
from namelatch.lab.scenarios.free_two import FREE_TWO
from namelatch.lab.scenarios.gc_then_write_empty import GC_THEN_WRITE_EMPTY
from namelatch.lab.scenarios.half_collected import HALF_COLLECTED
from namelatch.lab.scenarios.last_known_good_masks import LAST_KNOWN_GOOD_MASKS
from namelatch.lab.scenarios.lease_loss import LEASE_LOSS
from namelatch.lab.scenarios.lease_stall import LEASE_STALL
from namelatch.lab.scenarios.live_but_stuck import LIVE_BUT_STUCK
from namelatch.lab.scenarios.lock_starvation import LOCK_STARVATION
from namelatch.lab.scenarios.log_lost import LOG_LOST
from namelatch.lab.scenarios.mixed_generations import MIXED_GENERATIONS
from namelatch.lab.scenarios.new_number_old_inputs import NEW_NUMBER_OLD_INPUTS
from namelatch.lab.scenarios.october_2025 import OCTOBER_2025
from namelatch.lab.scenarios.october_2025_three import OCTOBER_2025_THREE
from namelatch.lab.scenarios.old_incarnation import OLD_INCARNATION
from namelatch.lab.scenarios.plan_flood import PLAN_FLOOD
from namelatch.lab.scenarios.poison_neighbour import POISON_NEIGHBOUR
from namelatch.lab.scenarios.poison_record import POISON_RECORD
from namelatch.lab.scenarios.quorum_loss import QUORUM_LOSS
from namelatch.lab.scenarios.redeliver import REDELIVER
from namelatch.lab.scenarios.reorder import REORDER
from namelatch.lab.scenarios.resurrection import RESURRECTION
from namelatch.lab.scenarios.retention import RETENTION
from namelatch.lab.scenarios.rollback_then_cleanup import ROLLBACK_THEN_CLEANUP
from namelatch.lab.scenarios.rollback_torn import ROLLBACK_TORN
from namelatch.lab.scenarios.rollback_undone import ROLLBACK_UNDONE
from namelatch.lab.scenarios.served_is_not_applied import SERVED_IS_NOT_APPLIED
from namelatch.lab.scenarios.stale_check_overwrite import STALE_CHECK_OVERWRITE
from namelatch.lab.scenarios.torn_delta import TORN_DELTA
from namelatch.lab.scenarios.torn_plan import TORN_PLAN
from namelatch.lab.scenarios.two_owners import TWO_OWNERS
from namelatch.lab.scenarios.two_planners import TWO_PLANNERS
from namelatch.lab.scenarios.unchanged_endpoint import UNCHANGED_ENDPOINT
from namelatch.lab.scenarios.wedged_rollback_pointer import WEDGED_ROLLBACK_POINTER
from namelatch.lab.scenarios.zombie_writer import ZOMBIE_WRITER

SCENARIOS: tuple[Scenario, ...] = (
    STALE_CHECK_OVERWRITE,
    CLEANUP_DELETES_ACTIVE,
    OCTOBER_2025,
    OCTOBER_2025_THREE,
    WEDGED_ROLLBACK_POINTER,
    GC_THEN_WRITE_EMPTY,
    ROLLBACK_THEN_CLEANUP,
    LOCK_STARVATION,
    ZOMBIE_WRITER,
    MIXED_GENERATIONS,
    PLAN_FLOOD,
    EMPTY_SOURCE,
    POISON_RECORD,
    TWO_OWNERS,
    AZ_OFFLINE,
    AZ_SLOW,
    CONTENT_CANARY,
    CLAIM_SWAP_WINDOW,
    DELTA_LOST,
    UNCHANGED_ENDPOINT,
    RESURRECTION,
    TWO_PLANNERS,
    NEW_NUMBER_OLD_INPUTS,
    HALF_COLLECTED,
    LIVE_BUT_STUCK,
    LEASE_STALL,
    SERVED_IS_NOT_APPLIED,
    LAST_KNOWN_GOOD_MASKS,
    ROLLBACK_UNDONE,
    ROLLBACK_TORN,
    BREAKGLASS_OVERWRITTEN,
    POISON_NEIGHBOUR,
    LOG_LOST,
    DUPLICATE,
    REORDER,
    REDELIVER,
    TORN_PLAN,
    TORN_DELTA,
    RETENTION,
    LEASE_LOSS,
    COMPACTION,
    QUORUM_LOSS,
    OLD_INCARNATION,
    FREE_TWO,
    FREE_THREE,
)


def scenario(id: str) -> Scenario:
    """The scenario of that id. Raises KeyError, whose text lists the ids there are."""
    for one in SCENARIOS:
        if one.id == id:
            return one
    raise KeyError(f"no scenario {id!r}: there are {', '.join(one.id for one in SCENARIOS)}")
