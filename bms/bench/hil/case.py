"""A case of the fault matrix: what is injected, what must follow, how soon, and what may happen beside it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bms.bench.hil.rig import Rig

FAULT_S = 5.0  # after the start: the contactor has closed, the temperatures have been read three times
TICK_MS = 100.0
SCAN_MS = 63.0  # of the monitor (TI SLUSE13B)
MEASURES_NO_MORE = "4 s in which it gave no sign of measuring; the last sign may come a second after the fault"


class Reaction(Enum):
    """What is waited for; the value is how a table says it."""

    OPENS = "contactor open"
    NO_CHARGE = "charge path open"
    NO_DISCHARGE = "discharge path open"
    TRIPS = "diagnosis trips"
    WARNS = "diagnosis warns"
    CHIP = "monitor trips by itself"
    STAYS_OPEN = "nothing closes"
    NOTHING = "nothing reacts"
    REFUSED = "command refused"
    VOID = "run is void"


class Verdict(Enum):
    """void: the bench itself erred, so the run says nothing."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"
    VOID = "void"


@dataclass(frozen=True)
class Setting:
    """How the pack is driven until the fault comes. c_rates: the load's two currents, which alternate each second.

    celsius: of the cells as the monitor will show its hottest sensor (coldest: below 0). grain_s: how finely the
    monitor's own reactions are timed.
    """

    soc: float = 0.6
    celsius: float = 25.0
    c_rates: tuple[float, float] = (0.3, 0.8)
    series: int = 16
    grain_s: float = 0.0
    saturates: bool = False  # the case means to drive a converter to its end
    slow: bool = False  # and to hold the bus or the processor up
    vehicle: bool = False  # it talks on CAN, and is expected to
    entry: str = "drive"  # of bms/bench/remote
    clock_ms: int = 0  # what the firmware's clock shows at the start


def nothing(_: Rig) -> None:
    """No preparation, no fault."""


def content(_: Rig) -> str:
    """No further judgement."""
    return ""


@dataclass(frozen=True)
class Case:
    """numbers: of the list in docs/hil.md. told: diagnoses that must trip (or warn), the first before all others.

    consequences: others that may follow, each with the reason. at: the reading that names a place, and what it must
    name. limit_ms None: nothing may happen while the case lasts. inject is called at `fault_s`, or where it is None by
    the case itself through Rig.fault_now. judge: what else is wrong, "" where nothing is.
    """

    numbers: tuple[int, ...]
    name: str
    group: str
    injected: str
    expected: str
    limit_ms: float | None
    why: str
    reaction: Reaction
    inject: Callable[[Rig], None] = nothing
    told: tuple[int, ...] = ()
    consequences: Mapping[int, str] = field(default_factory=dict)
    at: tuple[int, int] | None = None
    setting: Setting = field(default_factory=Setting)
    prepare: Callable[[Rig], None] = nothing
    fault_s: float | None = FAULT_S
    lasts_s: float = 3.0  # after the fault
    closed_before: bool = True
    first: bool = True  # told[0] must trip before all else
    least_ms: float = 0.0  # sooner is as wrong as later
    before: Mapping[int, str] = field(default_factory=dict)  # diagnoses that may have tripped before the fault
    dies: bool = False  # the firmware has to refuse to run
    judge: Callable[[Rig], str] = content
    refusal: int = 0  # result of firmware/commands.py that must be told
    chip_bit: tuple[int, int] | None = None  # safety status that the monitor must set: group 0..2 and bit


@dataclass(frozen=True)
class Absent:
    """A number of the list that does not apply here, and why."""

    number: int
    title: str
    reason: str
