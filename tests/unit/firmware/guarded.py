"""A pack for the tests of protection: readings of a pack at ease, and the diagnoses over them."""

from array import array

from bms.estimation import guard_table
from fastcore import batch
from firmware import diagnoses as d
from firmware import readings as of
from firmware.protection import Protection

LIMITS = guard_table.Limits(
    cells=16, voltage_min_v=2.5, voltage_max_v=4.2, discharge_a=200.0, charge_a=100.0, capacity_ah=50.0
)
GATES = (of.CHARGING, of.OPEN, of.SUM_MV)
_EASE = {
    of.ALWAYS: 1,
    of.PERIOD_MS: 100,
    of.SUM_MV: 59_200,
    of.CELL_MAX_UV: 3_700_000,
    of.CELL_MIN_UV: 3_700_000,
    of.T_MAX_MDEGC: 25_000,
    of.T_MIN_MDEGC: 25_000,
    of.INSULATION_KOHM: (1 << 30) - 1,
    of.CONTACT_Q12: 4_096,
}
_NEVER = of.READINGS  # one word more than there are readings, always 0


class Guarded:
    """Diagnoses over readings that the test sets. only: the one that is judged; the gates of the others never open."""

    def __init__(self, only: int | None = None) -> None:
        words = array("i", guard_table.words(LIMITS).tolist())
        for k in range(d.DIAGNOSES):
            if only not in (None, k):
                words[k * d.COLUMNS + d.GATE] = _NEVER
        self.readings = array("i", [0] * (of.READINGS + 1))
        for reading, value in _EASE.items():
            self.readings[reading] = value
        self.protection = Protection(words, self.readings, batch.guard_step)

    def run(self, *stretches_ms: int) -> "Guarded":
        """Judge once, then again after each of these times; 0: the same tick."""
        for ms in stretches_ms:
            self.protection.update(ms)
        return self

    def show(self, reading: int, value: int, *stretches_ms: int) -> "Guarded":
        """Let a reading have a value, and judge."""
        self.readings[reading] = value
        return self.run(*stretches_ms)

    @property
    def tripped(self) -> set[int]:
        return self._bits(of.TRIPS_A)

    @property
    def warned(self) -> set[int]:
        return self._bits(of.WARNINGS_A)

    def _bits(self, word: int) -> set[int]:
        return {k for k in range(d.DIAGNOSES) if self.readings[word + k // 30] >> k % 30 & 1}
