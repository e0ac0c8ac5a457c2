"""Group A: voltages and charge of cells."""

from bms.bench.hil.case import Case, Reaction, Setting
from bms.bench.hil.rig import Rig
from firmware import diagnoses as d
from firmware import readings as of

GROUP = "cells"
CELL = 3
OVER_V, UNDER_V, DEEP_V = 4.270, 2.680, 2.200  # trips of this pack (docs/diagnoses.md)
BEYOND_V = 0.010  # more than the monitor errs by at 25 degC, 5 mV (TI SLUSE13B)
FALLS = {
    d.UNDER_VOLTAGE: "the cell reads below its lowest voltage too",
    d.DEEP_DISCHARGE: "and far below it",
    d.CHIP_FAULT: "the monitor's own limit is passed as well",
    d.UNUSABLE: "the estimator takes no such sample",
    d.CELL_SPREAD: "one cell is a volt below the others",
    d.LIMIT_IGNORED: "the load draws on while its path opens",
}
_IMPOSSIBLE_MS = 300.0
_IMPOSSIBLE_WHY = "scan 63 ms, tick 100 ms and 100 ms of delay, so that a single sample opens nothing"


def over(rig: Rig) -> None:
    rig.force_cells({CELL: OVER_V + BEYOND_V})


def under(rig: Rig) -> None:
    rig.force_cells({CELL: UNDER_V - BEYOND_V})


def deep(rig: Rig) -> None:
    rig.force_cells({CELL: DEEP_V - BEYOND_V})


def _glitch(rig: Rig, lasts_s: float = 0.15, at_s: float = 0.0) -> None:
    now = rig.time
    rig.at(now + at_s, lambda: over(rig))
    rig.at(now + at_s + lasts_s, rig.release_cells)


def _glitches(rig: Rig) -> None:
    for k in range(15):
        _glitch(rig, at_s=0.3 * k)


def _obedient_charger(rig: Rig) -> None:
    """1 C, or what the pack tells it if that is less."""
    rig.every(0.1, lambda: rig.force_current(-min(rig.capacity_ah, rig.limits_ma[1] / 1000)))


def _deep_and_restart(rig: Rig) -> None:
    deep(rig)
    rig.at(rig.time + 3.0, rig.release_cells)
    rig.at(rig.time + 4.0, rig.cut_power)


def _stays_open(rig: Rig) -> str:
    return "" if not rig.closed else "it closed again"


def _charge_left(rig: Rig) -> str:
    return "" if rig.chip.charge_on and rig.closed else "charging is not possible any more"


def _bleeds_on(rig: Rig) -> None:
    """The switch of one resistor conducts, whatever the monitor is told: it says so itself."""
    rig.every(0.5, lambda: rig.chip._balancing.command(1 << CELL))


def _imbalance(rig: Rig) -> None:
    rig.force_cells({CELL: float(rig.pack.voltages[CELL]) + 0.32})


def _age(rig: Rig) -> None:
    rig.pack.shrink([0.8] * rig.pack.series)
    rig.pack._figures[:, 1] *= 2.0


def _welded_fets(rig: Rig) -> None:
    rig.chips[0].shorted = True
    under(rig)


CASES = (
    Case(
        (1,),
        "over-voltage",
        GROUP,
        f"one cell steps to {OVER_V + BEYOND_V:.2f} V, 10 mV beyond the trip",
        "the contactor opens for good; the cell is named",
        500.0,
        "scan 63 ms, tick 100 ms, delay 200 ms, then ticks of 10 ms; foxBMS was measured at 585 ms",
        Reaction.OPENS,
        over,
        (d.OVER_VOLTAGE,),
        at=(of.CELL_MAX_AT, CELL),
        judge=_stays_open,
    ),
    Case(
        (2,),
        "full-charge",
        GROUP,
        "a charge at 1 C up to full, whose charger takes the limits that the pack tells",
        "the limit falls before any cell trips",
        None,
        "derating comes first, the trip is for a charger that does not listen",
        Reaction.NOTHING,
        _obedient_charger,
        setting=Setting(soc=0.96, c_rates=(0.0, 0.0)),
        lasts_s=90.0,
        judge=lambda rig: "" if rig.limits_ma[1] < 500 * rig.capacity_ah else "the limit did not fall",
    ),
    Case(
        (3,),
        "over-voltage-glitch",
        GROUP,
        "one cell is 10 mV beyond the trip for 150 ms",
        "no trip, no latch",
        None,
        "200 ms are the delay; foxBMS' 490 ms belong to its 500 ms",
        Reaction.NOTHING,
        _glitch,
        lasts_s=5.0,
    ),
    Case(
        (4,),
        "over-voltage-glitches",
        GROUP,
        "the same again and again, 150 ms on and 150 ms off",
        "no trip: each stretch counts alone (docs/diagnoses.md)",
        None,
        "so it trips in the first that lasts, or never",
        Reaction.NOTHING,
        _glitches,
        lasts_s=5.0,
    ),
    Case(
        (5,),
        "under-voltage",
        GROUP,
        f"one cell steps to {UNDER_V - BEYOND_V:.2f} V, 10 mV beyond the trip",
        "the discharge path opens, charging stays possible, the cell is named",
        500.0,
        "scan 63 ms, tick 100 ms, delay 300 ms; foxBMS takes 700 ms",
        Reaction.NO_DISCHARGE,
        under,
        (d.UNDER_VOLTAGE,),
        FALLS,
        at=(of.CELL_MIN_AT, CELL),
        judge=_charge_left,
    ),
    Case(
        (5,),
        "under-voltage-with-welded-fets",
        GROUP,
        "the same, and the monitor's FETs conduct whatever they are told",
        "the contactor opens",
        900.0,
        "500 ms to the trip, 200 ms of forbidden current, two ticks",
        Reaction.OPENS,
        _welded_fets,
        (d.UNDER_VOLTAGE, d.LIMIT_IGNORED),
        FALLS,
    ),
    Case(
        (6,),
        "deep-discharge",
        GROUP,
        f"one cell falls to {DEEP_V - BEYOND_V:.2f} V; later the controller loses its supply",
        "opens, and stays open over the restart though the cell has recovered",
        1500.0,
        "1 s of delay, scan and tick: a choice; copper dissolves over hours",
        Reaction.TRIPS,
        _deep_and_restart,
        (d.DEEP_DISCHARGE,),
        FALLS,
        at=(of.CELL_MIN_AT, CELL),
        lasts_s=9.0,
        first=False,
        judge=_stays_open,
    ),
    Case(
        (7,),
        "cell-reversed",
        GROUP,
        "one cell reads -1.0 V",
        "opens; nothing wraps round",
        _IMPOSSIBLE_MS,
        _IMPOSSIBLE_WHY,
        Reaction.OPENS,
        lambda rig: rig.force_cells({CELL: -1.0}),
        (d.IMPOSSIBLE_VALUE, d.UNUSABLE),
        FALLS,
    ),
    Case(
        (8,),
        "cell-shorted",
        GROUP,
        "one cell reads 0 V, give or take what the monitor errs by",
        "opens for good",
        400.0,
        "the monitor's own limit, 248 ms, and a tick; the firmware's deep discharge takes a second",
        Reaction.OPENS,
        lambda rig: rig.force_cells({CELL: 0.0}),
        (d.DEEP_DISCHARGE,),
        {**FALLS, d.IMPOSSIBLE_VALUE: "0 V is no cell"},
        first=False,
    ),
    Case(
        (10,),
        "imbalance",
        GROUP,
        "one cell is 320 mV above the others",
        "a warning that names it, nothing opens",
        200.0,
        "one scan and one tick",
        Reaction.WARNS,
        _imbalance,
        (d.CELL_SPREAD,),
        at=(of.CELL_MAX_AT, CELL),
    ),
    Case(
        (10,),
        "imbalance-of-a-volt",
        GROUP,
        "one cell is 1.05 V below the others",
        "charging stops",
        10_300.0,
        "10 s of delay: a volt is no cell of this pack, but nothing burns by it",
        Reaction.NO_CHARGE,
        lambda rig: rig.force_cells({CELL: float(rig.pack.voltages.max()) - 1.05}),
        (d.CELL_SPREAD,),
        at=(of.CELL_MIN_AT, CELL),
        lasts_s=12.0,
    ),
    Case(
        (11,),
        "balancing-stuck-on",
        GROUP,
        "one resistor bleeds its cell though nothing is balanced",
        "charging and balancing stop",
        33_500.0,
        "the monitor says each second what it bleeds: 30 s of contradiction and 1 s of delay; the proposal is 60 s",
        Reaction.NO_CHARGE,
        _bleeds_on,
        (d.BALANCING_STUCK,),
        lasts_s=36.0,
    ),
    Case(
        (17,),
        "aged-at-once",
        GROUP,
        "every cell loses 20 % of its capacity and doubles its resistance, under way",
        "no trip",
        None,
        "age is no fault; the estimate widens as it learns",
        Reaction.NOTHING,
        _age,
        lasts_s=40.0,
    ),
)
