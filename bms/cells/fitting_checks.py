"""What tests must hold for a fit: a possible size of the cell, a load that moves the voltage, the start they claim."""

from collections.abc import Sequence

import numpy as np

from bms.cells.fitting_slow import Slow
from bms.cells.fitting_trace import Trace
from bms.cells.resting import Claimed, check_rest
from bms.cells.schema import TOLERANCE_V
from bms.errors import InputError

_LOAD, _WINDOW = 0.05, 0.05  # C and V: less shows nothing
_FOLLOWS = 0.005  # V per C that any cell's voltage moves by with its current; those made for power do by 0.02
_LARGEST_AH = 2000.0  # no cell holds more


def check_size(calm: Slow) -> None:
    """Refuse a cell larger than any; one in mAh looks like it, and is like any other in all that counts in C."""
    if calm.capacity_ah > _LARGEST_AH:
        raise InputError(
            f"The tests are of a cell of {calm.capacity_ah:.4g} Ah, and no cell holds more than {_LARGEST_AH:g} Ah; "
            "current_a must be in A, time_s in s and --capacity-ah in Ah, so divide mA, ms or mAh by 1000."
        )


def check_use(tests: Sequence[Trace], calm: Slow) -> None:
    """Refuse what holds nothing to fit: no load, no change of voltage, or a test whose voltage ignores its load."""
    largest = max(float(np.abs(test.current).max()) for test in tests)
    if largest < _LOAD * calm.capacity_ah:
        raise InputError(
            f"dynamic tests: current_a reaches {largest:.3g} A, below {_LOAD:g}C of a cell of "
            f"{calm.capacity_ah:.4g} Ah, so no resistance can be determined; give a drive or pulse test."
        )
    if calm.voltage_max - calm.voltage_min < _WINDOW:
        raise InputError(
            f"The tests move the voltage from {calm.voltage_min:.4g} to {calm.voltage_max:.4g} V only; at least "
            f"{_WINDOW:g} V are needed, so give tests that charge or discharge the cell."
        )
    for test in tests:
        swing = float(np.ptp(test.current))
        moved = float(np.ptp(test.voltage))
        if swing >= _LOAD * calm.capacity_ah and moved < _FOLLOWS * swing / calm.capacity_ah:
            raise InputError(
                f"{test.name}: voltage_v moves by {1000 * moved:.1f} mV only while current_a moves by {swing:.4g} A, "
                f"and the voltage of any cell follows its current by {1000 * _FOLLOWS:g} mV per C or more; a sensor is "
                "stuck, or the cycler held the voltage: leave the test out."
            )


def check_full(calm: Slow, full_v: float) -> None:
    """Refuse drives alone that begin so low that the OCV of a full cell, `full_v`, is a guess."""
    if full_v > calm.voltage_max + TOLERANCE_V:
        raise InputError(
            f"No test shows the cell full: the highest voltage is {calm.voltage_max:.3f} V, and the OCV would go on to "
            f"{full_v:.3f} V; without a slow test (--ocv) at least one test must begin with a full cell."
        )


def check_starts(tests: Sequence[Trace], calm: Slow) -> None:
    """Refuse a test whose SoC cannot be what it was told, or counted to; only a slow test knows that."""
    remedy = "tell where the test begins (--start-soc), or give ah_discharged, counted from full, or soc"
    for test in tests if calm.branches else ():
        time = test.step * np.arange(len(test), dtype=np.float64)
        claimed = Claimed(test.name, time, test.current, test.voltage, test.temperature, test.soc)
        check_rest(claimed, calm.curve(), calm.capacity_ah, remedy)
