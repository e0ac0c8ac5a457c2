"""Group C: current and its sensor. Currents are as the monitor shows them, its errors counted in."""

from bms.bench.hil.case import MEASURES_NO_MORE, Case, Reaction, Setting
from bms.bench.hil.rig import Rig
from firmware import diagnoses as d

GROUP = "current"
_MOST_A, _MOST_CHARGE_A = 308.0, 207.9  # of this pack's cells
_FAST_MS, _SLOW_MS = 120.0, 10_300.0
_FAST_WHY = "a tick of 100 ms, 10 ms of delay and 3 ms of the converter; foxBMS was measured at 116 ms"
_SLOW_WHY = "10 s of delay: the cell's limit is for that long"
_SENSOR = {
    d.OVER_CURRENT_DISCHARGE: "so much is an over-current too",
    d.OVER_CURRENT_DISCHARGE_FAST: "so much is an over-current too",
    d.CHIP_FAULT: "the monitor's own limit is passed as well",
    d.CURRENT_WHILE_OPEN: "the sensor shows it behind open contactors as well",
}


def _draws(amps: float):
    return lambda rig: rig.force_current(rig.shown(amps))


def _short(rig: Rig) -> None:
    """5 mOhm over the terminals, in series with the cells."""
    emf, inner = rig.pack.source(1e-3)
    rig.force_current(float(emf.sum() / (inner.sum() + 5e-3)))
    rig.run_finely(500e-6, 1e-6)


def _rest_with_offset(rig: Rig) -> None:
    rig.chip.faults.current_offset = 0.9
    rig.plant.wish = 0
    rig.at(12.0, lambda: setattr(rig.plant, "wish", 1))


def _soc_error(rig: Rig) -> str:
    worst = rig.worst_soc_error
    return "" if worst < 0.03 else f"the SoC is {100 * worst:.1f} % off"


CASES = (
    Case(
        (35,),
        "over-current",
        GROUP,
        f"a load draws {1.04 * _MOST_A:.0f} A, 4 % beyond what the cells give",
        "opens for good",
        _SLOW_MS,
        _SLOW_WHY,
        Reaction.OPENS,
        _draws(1.04 * _MOST_A),
        (d.OVER_CURRENT_DISCHARGE,),
        setting=Setting(soc=0.8),
        lasts_s=11.0,
    ),
    Case(
        (35,),
        "over-current-fast",
        GROUP,
        f"a load draws {1.055 * _MOST_A:.0f} A, 5.5 % beyond what the cells give",
        "opens for good",
        _FAST_MS,
        _FAST_WHY,
        Reaction.OPENS,
        _draws(1.055 * _MOST_A),
        (d.OVER_CURRENT_DISCHARGE_FAST,),
        setting=Setting(soc=0.8),
    ),
    Case(
        (36,),
        "over-current-on-charge",
        GROUP,
        f"a charger gives {1.032 * _MOST_CHARGE_A:.1f} A, 3.2 % too much",
        "opens for good",
        _SLOW_MS,
        f"{_SLOW_WHY}; from 215 A on the limit of plating comes first",
        Reaction.OPENS,
        _draws(-1.032 * _MOST_CHARGE_A),
        (d.OVER_CURRENT_CHARGE,),
        setting=Setting(soc=0.3, celsius=32.0),
        lasts_s=11.0,
    ),
    Case(
        (36,),
        "over-current-on-charge-fast",
        GROUP,
        f"a charger gives {1.07 * _MOST_CHARGE_A:.0f} A",
        "opens for good",
        _FAST_MS,
        _FAST_WHY,
        Reaction.OPENS,
        _draws(-1.07 * _MOST_CHARGE_A),
        (d.OVER_CURRENT_CHARGE_FAST,),
        setting=Setting(soc=0.3),
    ),
    Case(
        (37,),
        "short-circuit",
        GROUP,
        "5 mOhm over the terminals",
        "the monitor opens by itself; the firmware confirms",
        0.2,
        "15 us x (setting - 1), the setting being 2 (TI SLUUBY2B); a MicroPython loop is not what protects here",
        Reaction.NO_DISCHARGE,
        _short,
        (d.CHIP_FAULT,),
        {**_SENSOR, d.CURRENT_SATURATED: "far beyond the register"},
        setting=Setting(saturates=True),
        judge=lambda rig: "" if not rig.closed else "the contactor stayed closed",
    ),
    Case(
        (38,),
        "current-offset",
        GROUP,
        "the sensor reads 0.9 A too much from before the start",
        "no trip, SoC within 3 %",
        None,
        "at rest it is taken for the zero; below 1 A it is no current behind open contactors",
        Reaction.NOTHING,
        prepare=_rest_with_offset,
        fault_s=16.0,
        lasts_s=40.0,
        judge=_soc_error,
    ),
    Case(
        (39,),
        "current-sign",
        GROUP,
        "the sensor is turned round",
        "opens for good",
        10_000.0,
        "five steps of the current that move the voltage the wrong way",
        Reaction.OPENS,
        lambda rig: setattr(rig.chip.faults, "current_gain", -1.0),
        (d.SIGN_ERROR,),
        lasts_s=11.0,
    ),
    Case(
        (40,),
        "current-saturated",
        GROUP,
        "the sensor shows its end",
        "opens",
        130.0,
        "a tick of 100 ms and 20 ms of delay in ticks of 10 ms",
        Reaction.OPENS,
        lambda rig: setattr(rig.chip.faults, "current_stuck", 331.0),
        (d.CURRENT_SATURATED,),
        _SENSOR,
        setting=Setting(saturates=True),
        first=False,
    ),
    Case(
        (40,),
        "current-stuck",
        GROUP,
        "the sensor stays at 40 A, while the load changes each second",
        "opens for good",
        10_000.0,
        "2 s to settle, three means of half a second, five steps of the cells",
        Reaction.OPENS,
        lambda rig: setattr(rig.chip.faults, "current_stuck", 40.0),
        (d.CURRENT_STUCK,),
        _SENSOR,
        lasts_s=11.0,
    ),
    Case(
        (40,),
        "current-stuck-on-charge",
        GROUP,
        "the sensor stays at -30 A, while the charger's current changes each second",
        "opens for good",
        10_000.0,
        "as on discharge",
        Reaction.OPENS,
        lambda rig: setattr(rig.chip.faults, "current_stuck", -30.0),
        (d.CURRENT_STUCK,),
        _SENSOR,
        setting=Setting(soc=0.4, c_rates=(-0.2, -0.6)),
        lasts_s=11.0,
    ),
    Case(
        (40,),
        "current-counter-stands-still",
        GROUP,
        "the converter of the current ends its work, that of the cells goes on",
        "opens",
        5500.0,
        MEASURES_NO_MORE,
        Reaction.OPENS,
        lambda rig: setattr(rig.chip.faults, "uncounted", True),
        (d.NOT_MEASURING,),
        _SENSOR,
        setting=Setting(c_rates=(0.5, 0.5)),
        lasts_s=7.0,
    ),
    Case(
        (40,),
        "current-steady",
        GROUP,
        "the load draws the same current for a minute and a half: no fault",
        "no trip",
        None,
        "a current that stands still is stuck only if the cells contradict it",
        Reaction.NOTHING,
        setting=Setting(c_rates=(0.5, 0.5)),
        lasts_s=90.0,
    ),
)
