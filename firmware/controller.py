"""The pack controller: one tick reads the monitor, estimates every cell and the range, and keeps the contactor."""

from firmware.drivers.bq76952 import TEMPERATURES
from firmware.drivers.bq76952_profile import Profile
from firmware.estimate import Estimator
from firmware.kernels.dialect import const

TICK_MS = 100
ODOMETER_MASK = 0x1FFFFFFF  # the odometer counts in 29 bits, so that no step of it needs the heap
_TICKS = const(0x3FFFFFFF)  # time.ticks_ms() counts in 30 bits
_STALE_MS = const(1000)  # without a sample that the estimator takes, the contactor opens after this
_OVER_TEMPERATURES = const(0x70)  # Enabled Protections B: die, discharge, charge; at the monitor's own thresholds


class Controller:
    """afe: driver of the cell monitor. contactor(on) switches it. odometer() gives mm, in 29 bits.

    estimator: see firmware/estimate.py. running: a blind start has succeeded. closed: the contactor's command. fault:
    all Safety Status bits since the start; after any the contactor stays open until the controller is started anew.
    """

    def __init__(self, config, afe, contactor, odometer, estimator=None):
        self.estimator = estimator or Estimator(config)
        self._config = config
        self._afe = afe
        self._contactor = contactor
        self._odometer = odometer
        self.running = False
        self.closed = False
        self.fault = 0
        self.dt_ms = 0
        self.d_mm = 0
        self._last_ms = 0
        self._last_mm = 0
        self._taken_ms = 0
        self._followed = False
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
                enabled_b=_OVER_TEMPERATURES,
            )
        ) and self._afe.switch_fets(True)

    def tick(self, now_ms):
        """One period; True if a new sample has met a running estimator. Allocates nothing while all goes well.

        A monitor that has lost its settings is given them again, the contactor open.
        """
        afe = self._afe
        fresh = afe.read(now_ms) and afe.valid[TEMPERATURES]
        if not fresh:
            self._watch(now_ms)
            if afe.settings_lost:
                self.prepare()
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
        if not self.estimator.missed_ms:
            self._taken_ms = now_ms
            self._followed = self.running
        self._watch(now_ms)
        return self.running

    def _watch(self, now_ms):
        """Closed only over a pack that is being followed, whose monitor keeps its settings and has seen no fault."""
        self.fault |= self._afe.safety_status
        if self._afe.settings_lost or (now_ms - self._taken_ms) & _TICKS > _STALE_MS:
            self._followed = False  # until the next sample is taken, though the clock comes round
        self._switch(self._followed and not self.fault)

    def _switch(self, on):
        if on != self.closed:
            self.closed = on
            self._contactor(on)

    def shut_down(self):
        """Open the contactor, whatever else is the matter."""
        self.closed = False
        self._contactor(False)
