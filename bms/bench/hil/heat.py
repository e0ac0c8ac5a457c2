"""Group A: temperatures of cells. Limits lie where the monitor shows them, its errors counted in."""

from bms.bench.hil.case import Case, Reaction, Setting
from bms.bench.hil.rig import Rig
from firmware import diagnoses as d

GROUP = "cells"
_SHORT_OF_K, _STEP_K = 0.5, 0.8  # a step that is no rise of its own: 30 K/min are
_WHY = "temperatures come once a second, 1 s of delay, a full scan of 190 ms; the proposal is 6 s"
_SLOW_MS = 5000.0
_CHARGE = (-0.3, -0.6)


def _step_up(rig: Rig) -> None:
    rig.warm_by(_STEP_K)


def _step_down(rig: Rig) -> None:
    rig.warm_by(-_STEP_K)


def _runaway(rig: Rig) -> None:
    rig.force_cells({3: 0.75 * float(rig.pack.voltages[3])})
    rig.every(0.5, lambda: rig.warm_by(0.5))


def _spread(rig: Rig) -> None:
    rig.chip.faults.thermistors[1] = rig.chip.faults.thermistors[1] + 1.0
    rig.plant.sense()


def _nearly_spread(rig: Rig) -> None:
    """24.5 K between the sensors, as the monitor shows them."""
    errors = rig.chip._analogue.convert_temperatures()[:3] - rig.chip._analogue.temperatures[:3]
    others = min(errors[0], errors[2])
    rig.chip.faults.thermistors[1] = float(rig.pack.temperatures.mean() + others - errors[1]) + 24.5
    rig.plant.sense()


CASES = (
    Case(
        (13,),
        "over-temperature",
        GROUP,
        f"the cells step by {_STEP_K} K over 60 degC as shown",
        "the contactor opens",
        _SLOW_MS,
        _WHY,
        Reaction.OPENS,
        _step_up,
        (d.OVER_TEMPERATURE,),
        setting=Setting(celsius=60 - _SHORT_OF_K),
        lasts_s=6.0,
    ),
    Case(
        (14,),
        "over-temperature-while-charging",
        GROUP,
        f"the cells step by {_STEP_K} K over 50 degC as shown",
        "the charge path opens",
        _SLOW_MS,
        _WHY,
        Reaction.NO_CHARGE,
        _step_up,
        (d.OVER_TEMPERATURE_CHARGE,),
        setting=Setting(celsius=50 - _SHORT_OF_K, c_rates=_CHARGE),
        lasts_s=6.0,
    ),
    Case(
        (15,),
        "under-temperature-while-charging",
        GROUP,
        f"the cells step by {_STEP_K} K under -25 degC as shown",
        "the charge path opens, discharge stays",
        _SLOW_MS,
        _WHY,
        Reaction.NO_CHARGE,
        _step_down,
        (d.UNDER_TEMPERATURE_CHARGE,),
        setting=Setting(celsius=-25 + _SHORT_OF_K, c_rates=(-0.026, -0.026)),
        lasts_s=6.0,
        judge=lambda rig: "" if rig.closed and rig.chip.discharge_on else "discharge is not possible any more",
    ),
    Case(
        (15,),
        "under-temperature",
        GROUP,
        f"the cells step by {_STEP_K} K under -35 degC as shown",
        "the discharge path opens",
        _SLOW_MS,
        _WHY,
        Reaction.NO_DISCHARGE,
        _step_down,
        (d.UNDER_TEMPERATURE,),
        setting=Setting(celsius=-35 + _SHORT_OF_K, c_rates=(0.03, 0.06)),
        lasts_s=6.0,
    ),
    Case(
        (15,),
        "plating",
        GROUP,
        "a charger gives 30 A to cells of -10 degC, which take 20",
        "the charge path opens",
        2500.0,
        "2 s of delay, as regeneration is short and plating is not",
        Reaction.NO_CHARGE,
        lambda rig: rig.force_current(-30.0),
        (d.PLATING,),
        setting=Setting(celsius=-10.0),
        lasts_s=3.5,
    ),
    Case(
        (16,),
        "runaway",
        GROUP,
        "the cells heat by 1 K/s while one of them loses a quarter of its voltage",
        "the contactor opens for good",
        7000.0,
        "30 K/min between samples that come once a second, two at either end; the proposal of 5 s would rest on one",
        Reaction.OPENS,
        _runaway,
        (d.TEMPERATURE_RISE,),
        lasts_s=8.0,
    ),
    Case(
        (32,),
        "temperature-spread",
        "sensing",
        "one sensor goes from 24.5 to 25.5 K above the others, as shown",
        "the charge path opens",
        _SLOW_MS,
        "2 s of delay, temperatures once a second; a spread burns nothing at once",
        Reaction.NO_CHARGE,
        _spread,
        (d.TEMPERATURE_SPREAD,),
        prepare=_nearly_spread,
        lasts_s=6.0,
    ),
)
