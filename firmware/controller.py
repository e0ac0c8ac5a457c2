"""The pack controller: one tick reads the monitor, estimates every cell and the range, and keeps the contactor."""

from firmware.drivers.bq76952 import CELLS, TEMPERATURES
from firmware.drivers.bq76952_profile import Profile
from firmware.estimate import Estimator
from firmware.kernels.dialect import const

TICK_MS = 100
ODOMETER_MASK = 0x1FFFFFFF  # the odometer counts in 29 bits, so that no step of it needs the heap
_TICKS = const(0x3FFFFFFF)  # time.ticks_ms() counts in 30 bits
_STALE_MS = const(1000)  # cells unseen, or samples that make no sense, for so long open the contactor


class Controller:
    """afe: driver of the cell monitor. contactor(on) switches it. odometer() gives mm, in 29 bits.

    estimator: see firmware/estimate.py. running: a blind start has succeeded. closed: the contactor's command.
    """

    def __init__(self, config, afe, contactor, odometer, estimator=None):
        self.estimator = estimator or Estimator(config)
        self._config = config
        self._afe = afe
        self._contactor = contactor
        self._odometer = odometer
        self.running = False
        self.closed = False
        self.dt_ms = 0
        self.d_mm = 0
        self._last_ms = 0
        self._last_mm = 0
        contactor(False)

    def prepare(self):
        """Find the cell monitor and write its protections; False until it has taken them."""
        config = self._config
        if not self._afe.probe():
            return False
        return self._afe.configure(
            Profile(
                cells=config.cells,
                shunt_uohm=config.shunt_uohm,
                current_max_ma=config.current_max_ma,
                over_mv=config.over_mv,
                under_mv=config.under_mv,
                charge_ma=config.charge_ma,
                discharge_ma=config.discharge_ma,
                peak_ma=config.peak_ma,
                short_ma=config.short_ma,
            )
        ) and self._afe.switch_fets(True)

    def tick(self, now_ms):
        """One period; True if a new sample has met a running estimator. Allocates nothing once running."""
        afe = self._afe
        fresh = afe.read(now_ms) and afe.valid[TEMPERATURES]
        if not fresh:
            self._watch(now_ms)
            return False
        mm = self._odometer()
        self.dt_ms = (now_ms - self._last_ms) & _TICKS
        self.d_mm = (mm - self._last_mm) & ODOMETER_MASK
        self._last_ms = now_ms
        self._last_mm = mm
        if self.running:
            self.estimator.advance(self.dt_ms, afe.current_ma, afe.cell_uv, afe.ts_mdegc, self.d_mm)
        else:
            self.running = self.estimator.begin(afe.current_ma, afe.cell_uv, afe.ts_mdegc)
        self._watch(now_ms)
        return self.running

    def _watch(self, now_ms):
        """Closed only over a pack that is being read, whose monitor reports no fault."""
        afe = self._afe
        seen = afe.valid[CELLS] and afe.age_ms(CELLS, now_ms) <= _STALE_MS
        alive = self.running and seen and self.estimator.missed_ms <= _STALE_MS
        self._switch(bool(alive and not afe.safety_status))

    def _switch(self, on):
        if on != self.closed:
            self.closed = on
            self._contactor(on)

    def shut_down(self):
        """Open the contactor, whatever else is the matter."""
        self.closed = False
        self._contactor(False)
