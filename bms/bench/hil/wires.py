"""Group B: sense wires, thermistors and the monitor's converters."""

from dataclasses import replace

from bms.bench.hil.case import Case, Reaction, Setting
from bms.bench.hil.cells import FALLS
from bms.bench.hil.rig import Rig
from firmware import diagnoses as d
from firmware import readings as of

GROUP = "sensing"
_CHECK_WHY = "the monitor drains its inputs each 3 s, by 0.7 V a wire (TI SLUUCG7)"
_NEIGHBOURS = {
    **FALLS,
    d.OVER_VOLTAGE: "the cell above an open wire does read too high",
    d.SUM_MISMATCH: "what a wire lacks the stack does not",
    d.IMPOSSIBLE_VALUE: "a wire that is drained further shows what cannot be",
    d.FROZEN_CELL: "a wire that nothing feeds does not move",
    d.OPEN_WIRE: "that is what it is",
}
_THERMAL = {
    d.CHIP_FAULT: "the monitor's own limit of temperature is passed",
    d.UNUSABLE: "a cell without a temperature is no sample",
}


def _open(*taps: int):
    def inject(rig: Rig) -> None:
        rig.chip.wires.open_taps.update(taps)
        rig.plant.sense()

    return inject


def _swap(rig: Rig) -> None:
    order = list(range(17))
    order[5], order[6] = 6, 5
    rig.chips[0].taps = order
    rig.plant.sense()
    rig.fault_now(8.0)


def _offsets(volts: float, cells: range):
    def inject(rig: Rig) -> None:
        rig.chip.faults.offsets.update(dict.fromkeys(cells, volts))

    return inject


def _small_errors(rig: Rig) -> None:
    rig.chip.faults.offsets[3] = 0.010
    rig.chip.faults.gains[7] = 1.01


def _noise(rig: Rig) -> None:
    analogue = rig.chip._analogue
    analogue._errors = replace(analogue._errors, cell_noise=5e-3)
    rig.chips[0].hum = 5e-3


def _thermistor(kelvin: float):
    def inject(rig: Rig) -> None:
        rig.chip.faults.thermistors[1] = kelvin
        rig.plant.sense()

    return inject


CASES = (
    Case(
        (18,),
        "open-wire",
        GROUP,
        "the wire between cells 5 and 6 breaks",
        "told as an open wire before any cell is blamed",
        5500.0,
        _CHECK_WHY,
        Reaction.OPENS,
        _open(5),
        (d.OPEN_WIRE,),
        _NEIGHBOURS,
        lasts_s=7.0,
    ),
    Case(
        (19,),
        "open-wire-at-the-top",
        GROUP,
        "the highest wire breaks",
        "opens",
        10_500.0,
        f"{_CHECK_WHY}: at an end only the second check is beyond the stack's error",
        Reaction.OPENS,
        _open(16),
        (d.SUM_MISMATCH,),
        _NEIGHBOURS,
        lasts_s=12.0,
        first=False,
    ),
    Case(
        (19,),
        "open-wire-at-the-bottom",
        GROUP,
        "the lowest wire breaks",
        "opens",
        10_500.0,
        "it falls only to a diode below ground: the lowest cell reads more, the sum with it",
        Reaction.OPENS,
        _open(0),
        (d.OVER_VOLTAGE,),
        _NEIGHBOURS,
        setting=Setting(soc=0.75),
        lasts_s=12.0,
        first=False,
    ),
    Case(
        (20,),
        "all-wires-open",
        GROUP,
        "every wire breaks at once",
        "opens, and nothing dies",
        10_500.0,
        _CHECK_WHY,
        Reaction.OPENS,
        _open(*range(17)),
        (d.SUM_MISMATCH,),
        _NEIGHBOURS,
        lasts_s=12.0,
        first=False,
    ),
    Case(
        (21,),
        "swapped-wires",
        GROUP,
        "two neighbouring wires are swapped before the first start",
        "nothing ever closes",
        None,
        "a commissioning fault: the first sample shows cells that cannot be",
        Reaction.STAYS_OPEN,
        prepare=_swap,
        fault_s=None,
        closed_before=False,
        setting=Setting(saturates=True),
        consequences={**_NEIGHBOURS, **_THERMAL, d.STALE_TEMPERATURES: "there are none at the start"},
        judge=lambda rig: "" if rig.log.ticks else "no tick",
    ),
    Case(
        (22,),
        "frozen-cell",
        GROUP,
        "one channel stands still",
        "opens and names it",
        4300.0,
        "2 s of standing still, counted while the current is C/5 from where it was: half of the time here",
        Reaction.OPENS,
        lambda rig: rig.chip.faults.frozen.add(3),
        (d.FROZEN_CELL,),
        at=(of.FROZEN_AT, 3),
        lasts_s=5.0,
    ),
    Case(
        (23,),
        "small-errors",
        GROUP,
        "one channel reads 10 mV more, another 1 % more",
        "no trip",
        None,
        "below what the stack's own converter could contradict, 0.5 V",
        Reaction.NOTHING,
        _small_errors,
        lasts_s=10.0,
    ),
    Case(
        (23,),
        "sum-against-stack",
        GROUP,
        "eight channels read 0.2 V less, together 1.6 V",
        "opens",
        350.0,
        "scan 63 ms, tick 100 ms, delay 100 ms; the monitor's stack errs by 0.5 V, so less is not told",
        Reaction.OPENS,
        _offsets(-0.2, range(0, 16, 2)),
        (d.SUM_MISMATCH,),
    ),
    Case(
        (24,),
        "noise",
        GROUP,
        "5 mV rms of noise and 5 mV of 50 Hz on every cell, for two minutes",
        "no trip",
        None,
        "two minutes here; a day is beyond a matrix that runs in minutes",
        Reaction.NOTHING,
        _noise,
        lasts_s=120.0,
    ),
    Case(
        (30,),
        "open-thermistor",
        GROUP,
        "a thermistor's wire breaks",
        "opens: it is not a cold cell",
        2000.0,
        "temperatures come once a second, 100 ms of delay",
        Reaction.OPENS,
        _thermistor(200.0),
        (d.IMPOSSIBLE_VALUE,),
        _THERMAL,
        lasts_s=4.0,
    ),
    Case(
        (31,),
        "shorted-thermistor",
        GROUP,
        "a thermistor is shorted",
        "opens: it is not a hot cell",
        2000.0,
        "temperatures come once a second, 100 ms of delay",
        Reaction.OPENS,
        _thermistor(450.0),
        (d.IMPOSSIBLE_VALUE,),
        _THERMAL,
        lasts_s=4.0,
    ),
    Case(
        (51,),
        "stack-against-sum",
        GROUP,
        "the stack reads 2.5 % more",
        "opens",
        350.0,
        "2 % of this pack are 1.2 V, which the stack's own error of 0.5 V could hide: the trip is 1 V",
        Reaction.OPENS,
        lambda rig: setattr(rig.chip, "stack_gain", 1.025),
        (d.SUM_MISMATCH,),
    ),
)
