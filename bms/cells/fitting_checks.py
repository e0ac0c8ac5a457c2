"""What tests must hold beside the slow one for a fit: a load, a change of voltage, and the start they claim."""

from collections.abc import Sequence

import numpy as np

from bms.cells.fitting_slow import Slow
from bms.cells.fitting_trace import Trace
from bms.cells.resting import Claimed, check_rest
from bms.errors import InputError

_LOAD, _WINDOW = 0.05, 0.05  # C and V: less shows nothing


def check_use(tests: Sequence[Trace], calm: Slow) -> None:
    """Refuse what holds nothing to fit: no load, or no change of voltage."""
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


def check_starts(tests: Sequence[Trace], calm: Slow) -> None:
    """Refuse a test whose SoC cannot be what it was told, or counted to; only a slow test knows that."""
    remedy = "tell where the test begins (--start-soc), or give ah_discharged, counted from full, or soc"
    for test in tests if calm.branches else ():
        time = test.step * np.arange(len(test), dtype=np.float64)
        claimed = Claimed(test.name, time, test.current, test.voltage, test.temperature, test.soc)
        check_rest(claimed, calm.curve(), calm.capacity_ah, remedy)
