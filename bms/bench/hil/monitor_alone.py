"""Group B and C: what the monitor does by itself while the processor stands still, timed against its formulas.

Delays (TI SLUUBY2B): 3.3 ms x (2 + setting) for voltages and currents, 15 us x (setting - 1) for a short circuit,
seconds for temperatures; all by the chip's own oscillator, which errs by 1.5 % (TI SLUSE13B).
"""

from collections.abc import Callable

from bms.bench.hil.case import Case, Reaction, Setting
from bms.bench.hil.rig import Rig
from bms.emulation.bq76952_registers import SafetyA, SafetyB, SafetyC

GROUP = "sensing"
_OSCILLATOR = 0.015
_GRAIN_MS = 0.1
_DELAY_MS = 3.3
_VOLTS = _DELAY_MS * (2 + 73)
_AMPS = _DELAY_MS * (2 + 28)
_PEAK = _DELAY_MS * (2 + 4)
_SECONDS = 2000.0


def _hung(inject: Callable[[Rig], object]) -> Callable[[Rig], None]:
    def both(rig: Rig) -> None:
        rig.hang()
        inject(rig)

    return both


def _cell(volts: float) -> Callable[[Rig], object]:
    return lambda rig: rig.force_cells({3: volts})


def _amps(amps: float) -> Callable[[Rig], object]:
    return lambda rig: rig.force_current(amps)


def _die(kelvin: float) -> Callable[[Rig], object]:
    def inject(rig: Rig) -> None:
        rig.chips[0].die = kelvin
        rig.plant.sense()

    return inject


def _again(amps: float, lasts_s: float) -> Callable[[Rig], None]:
    """Twice, 7 s apart, through FETs that do not open."""

    def inject(rig: Rig) -> None:
        rig.chips[0].shorted = True
        rig.force_current(amps)
        rig.at(rig.time + lasts_s, lambda: rig.force_current(0.0))
        rig.at(rig.time + 7.0, lambda: rig.force_current(amps))

    return inject


def _alone(
    name: str,
    numbers: tuple[int, ...],
    injected: str,
    inject: Callable[[Rig], object],
    bit: tuple[int, int],
    formula_ms: float,
    lasts_s: float,
    setting: str,
    saturates: bool = False,
    soc: float = 0.6,
    before_ms: float = 0.0,
) -> Case:
    return Case(
        numbers,
        name,
        GROUP,
        f"the processor stands still, and {injected}",
        "the monitor trips by itself",
        (formula_ms + _GRAIN_MS) / (1 - _OSCILLATOR),
        f"{setting}, and 1.5 % of the oscillator",
        Reaction.CHIP,
        _hung(inject),
        chip_bit=bit,
        least_ms=(formula_ms - _GRAIN_MS) / (1 + _OSCILLATOR) - before_ms,
        lasts_s=lasts_s,
        setting=Setting(soc=soc, grain_s=_GRAIN_MS / 1000, saturates=saturates),
    )


_FAST, _TEMPERATURE = "3.3 ms x (2 + setting)", "a setting of 2 s"
CASES = (
    _alone("monitor-over-voltage", (1,), "one cell steps to 4.33 V", _cell(4.33), (0, SafetyA.COV), _VOLTS, 0.5, _FAST),
    _alone(
        "monitor-under-voltage", (5,), "one cell steps to 2.60 V", _cell(2.60), (0, SafetyA.CUV), _VOLTS, 0.5, _FAST
    ),
    _alone(
        "monitor-over-current-on-charge",
        (36,),
        "a charger gives 235 A",
        _amps(-235.0),
        (0, SafetyA.OCC),
        _AMPS,
        0.3,
        _FAST,
        soc=0.3,
    ),
    _alone("monitor-over-current", (35,), "a load draws 345 A", _amps(345.0), (0, SafetyA.OCD1), _AMPS, 0.3, _FAST),
    _alone("monitor-peak-current", (35,), "a load draws 380 A", _amps(380.0), (0, SafetyA.OCD2), _PEAK, 0.2, _FAST),
    _alone(
        "monitor-over-temperature",
        (13,),
        "the cells step to 64 degC",
        lambda rig: rig.warm_by(39.0),
        (1, SafetyB.OTD),
        _SECONDS,
        2.5,
        _TEMPERATURE,
    ),
    _alone(
        "monitor-over-temperature-on-charge",
        (14,),
        "the cells step to 64 degC",
        lambda rig: rig.warm_by(39.0),
        (1, SafetyB.OTC),
        _SECONDS,
        2.5,
        _TEMPERATURE,
    ),
    _alone(
        "monitor-under-temperature",
        (15,),
        "the cells step to -39 degC",
        lambda rig: rig.warm_by(-64.0),
        (1, SafetyB.UTD),
        _SECONDS,
        2.5,
        _TEMPERATURE,
    ),
    _alone(
        "monitor-under-temperature-on-charge",
        (15,),
        "the cells step to -39 degC",
        lambda rig: rig.warm_by(-64.0),
        (1, SafetyB.UTC),
        _SECONDS,
        2.5,
        _TEMPERATURE,
    ),
    _alone(
        "monitor-hot-inside",
        (13,),
        "its die steps to 86 degC",
        _die(359.5),
        (1, SafetyB.OTINT),
        _SECONDS,
        2.5,
        _TEMPERATURE,
    ),
    _alone(
        "monitor-cold-inside",
        (15,),
        "its die steps to -39 degC",
        _die(234.0),
        (1, SafetyB.UTINT),
        _SECONDS,
        2.5,
        _TEMPERATURE,
    ),
    _alone(
        "processor-silent",
        (61,),
        "nothing else happens",
        lambda rig: None,
        (2, SafetyC.HWDF),
        _SECONDS,
        2.5,
        "the monitor's watchdog of 2 s, from the last transfer, up to a tick before",
        before_ms=100.0,
    ),
    _alone(
        "monitor-over-current-twice",
        (35,),
        "a load draws 345 A twice, 7 s apart, through FETs that do not open",
        _again(345.0, 0.2),
        (2, SafetyC.OCDL),
        7000.0 + _AMPS,
        8.0,
        "the second one latches",
    ),
    _alone(
        "monitor-short-twice",
        (37,),
        "420 A flow twice, 7 s apart, through FETs that do not open",
        _again(420.0, 0.05),
        (2, SafetyC.SCDL),
        7000.0,
        8.0,
        "the second one latches",
        saturates=True,
    ),
)
