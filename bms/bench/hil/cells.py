"""Group A: what goes wrong with cells."""

from bms.bench.hil.case import Case, Reaction
from bms.bench.hil.rig import Rig
from firmware import diagnoses as d
from firmware import readings as of

GROUP = "cells"
_CELL = 3
_OVER_V, _UNDER_V, _DEEP_V = 4.270, 2.680, 2.200  # trips of this pack (docs/diagnoses.md)
_OVER_DELAY_S = 0.2
_BEYOND_V = 0.010  # more than the monitor errs by at 25 degC, 5 mV (TI SLUSE13B)
_FALLS = {
    d.UNDER_VOLTAGE: "the cell reads below its lowest voltage too",
    d.DEEP_DISCHARGE: "and far below it",
    d.CHIP_FAULT: "the monitor's own limit is passed as well",
    d.UNUSABLE: "the estimator takes no such sample",
}


def _over(rig: Rig) -> None:
    rig.force_cells({_CELL: _OVER_V + _BEYOND_V})


def _under(rig: Rig) -> None:
    rig.force_cells({_CELL: _UNDER_V - _BEYOND_V})


def _glitch(rig: Rig, lasts_s: float = 0.15, at_s: float = 0.0) -> None:
    now = rig.time
    rig.at(now + at_s, lambda: _over(rig))
    rig.at(now + at_s + lasts_s, rig.release_cells)


def _glitches(rig: Rig) -> None:
    for k in range(10):
        _glitch(rig, at_s=0.3 * k)


CASES = (
    Case(
        (1,),
        "over-voltage",
        GROUP,
        f"one cell steps to {_OVER_V + _BEYOND_V:.2f} V, 10 mV beyond the trip",
        "the contactor opens for good; the cell is named",
        500.0,
        "scan 63 ms, tick 100 ms, delay 200 ms and the 10 ms ticks while it waits; foxBMS was measured at 585 ms",
        Reaction.OPENS,
        _over,
        (d.OVER_VOLTAGE,),
        at=(of.CELL_MAX_AT, _CELL),
    ),
    Case(
        (3,),
        "over-voltage-glitch",
        GROUP,
        "one cell is 10 mV beyond the trip for 150 ms",
        "no trip: 200 ms are the delay",
        None,
        "below the delay, with a scan of 63 ms on top",
        Reaction.NOTHING,
        _glitch,
        lasts_s=5.0,
    ),
    Case(
        (5,),
        "under-voltage",
        GROUP,
        f"one cell steps to {_UNDER_V - _BEYOND_V:.2f} V, 10 mV beyond the trip",
        "the discharge path opens, charging stays possible, the cell is named",
        500.0,
        "scan 63 ms, tick 100 ms, delay 300 ms; the table's 700 ms are foxBMS'",
        Reaction.NO_DISCHARGE,
        _under,
        (d.UNDER_VOLTAGE,),
        {d.CELL_SPREAD: "one cell is a volt below the others"},
        at=(of.CELL_MIN_AT, _CELL),
        judge=lambda rig: "" if rig.chip.charge_on and rig.closed else "charging is not possible any more",
    ),
)
