"""Group F: the bench itself has to fail honestly. What it does wrong makes a run void, neither passed nor failed."""

import numpy as np

from bms.bench.hil.case import Case, Reaction
from bms.bench.hil.rig import Rig
from bms.emulation.bq76952 import BQ76952
from bms.emulation.bq76952_analogue import PERFECT, SLOT
from bms.emulation.bq76952_measurement import LOOP_TIME
from bms.emulation.i2c import Bus

GROUP = "bench"
_CHANNEL_V = 2e-3
_LEVELS_V = (0.5, 2.7, 3.7, 4.25)
_LATE_S = 0.35


def accuracy() -> str:
    """What of the emulated monitor, without its errors, is not within 2 mV of its pins a scan after they changed."""
    chip = BQ76952(crc=False, errors=PERFECT, address=8)
    bus, buffer, kelvin = Bus(chip), bytearray(32), [298.15] * 3
    for level in _LEVELS_V:
        volts = level + 0.001 * np.arange(16)
        chip.sense(volts, float(volts.sum()), 0.0, kelvin, 298.15)
        chip.advance(chip.time_s + LOOP_TIME + SLOT)
        bus.readfrom_mem_into(8, 0x14, buffer)
        wrong = np.abs(np.frombuffer(buffer, "<i2") / 1000 - volts)
        if wrong.max() > _CHANNEL_V:
            return f"channel {int(wrong.argmax()) + 1} is {1000 * wrong.max():.1f} mV off at {level:g} V"
    return ""


def _late(rig: Rig) -> None:
    rig.lag_s = _LATE_S


def _no_number(rig: Rig) -> None:
    rig.force_cells({3: float("nan")})


def _saturated(rig: Rig) -> None:
    rig.force_cells({3: 7.0})


CASES = (
    Case(
        (75,),
        "bench-accuracy",
        GROUP,
        "four levels at the pins of an emulated monitor without errors",
        "every channel within 2 mV",
        None,
        "one scan later; the open emulator of the University of Pisa errs by 2.2 mV",
        Reaction.NOTHING,
        lasts_s=0.5,
        judge=lambda rig: accuracy(),
    ),
    Case(
        (74,),
        "bench-late",
        GROUP,
        "the bench answers 350 ms late",
        "the run is void",
        None,
        "a tick that comes late by the bench's doing says nothing of the firmware",
        Reaction.VOID,
        _late,
    ),
    Case(
        (74,),
        "bench-without-number",
        GROUP,
        "the bench puts a NaN on a pin",
        "the run is void",
        None,
        "what is no number is no voltage",
        Reaction.VOID,
        _no_number,
    ),
    Case(
        (74,),
        "bench-saturated",
        GROUP,
        "the bench puts 7 V on a cell, more than the converter shows",
        "the run is void",
        None,
        "what was shown is not what was meant",
        Reaction.VOID,
        _saturated,
    ),
)
