"""The pack controller: one tick reads the monitor, judges, switches, estimates, and then serves the others.

What protects comes first and what may take long comes last, so that no reaction waits for an estimate.
"""

from array import array

from firmware import compute, diagnoses, modes
from firmware import readings as of
from firmware.balancing import Balancing
from firmware.contactors import Contactors
from firmware.drivers.bq76952 import TEMPERATURES
from firmware.estimate import Estimator
from firmware.kernels import soc
from firmware.kernels.dialect import const
from firmware.leakage import Leakage
from firmware.protection import Protection
from firmware.sensing import Sensing
from firmware.summary import Summary
from firmware.thermometers import OwnHeat

TICK_MS = 100
URGENT_MS = 10  # to the next tick, while something is wrong that has not lasted long enough to be believed
REST_MS = 950  # to the next, while the pack rests: temperatures go by the second, the monitor's patience is two
ODOMETER_MASK = 0x1FFFFFFF  # the odometer counts in 29 bits, so that no step of it needs the heap
SENSED = const(1)
JUDGED = const(2)
ESTIMATED = const(4)
SERVED = const(8)
ALL = const(15)
BLIND = const(1)
STORED = const(2)
_TICKS = const(0x3FFFFFFF)  # time.ticks_ms() counts in 30 bits
_PUT_OFF_MS = const(1000)  # a tick that has corrected all cells is long enough, unless all of them do
_FORBIDDEN_MA = const(2000)  # or C/10, if that is less: a sensor that is off by C/15 is usual
_FORBIDDEN_PARTS = const(10)
_SAMPLE_MS = const(95)  # ticks that come sooner are for protection alone
_DOUBTS_MS = const(25)  # to the next, while a current that has stepped must be seen to stay
_LONGEST_MS = const(1000000)
_EARLY_MS = const(850)  # of a second, at the last sample
_SELF_TEST_MS = const(500)  # without anything amiss, before anything closes
_REST_AFTER_MS = const(300000)  # the cells' voltages have come back most of the way
_REST_PARTS = const(100)  # C/100 is rest
_KEEPS_OPEN = const(12)  # OPEN and NO_CLOSE of firmware/diagnoses.py


class Controller:
    """config: firmware/config.py. afe: driver of one monitor or of a stack. kernels: firmware/compute.py, or compiled.

    board.poll() takes the inputs: mm (odometer, 29 bits), feedback, interlock_open, insulation_kohm, wish (WISH_... of
    firmware/modes.py), clock_s (0 unknown); board.main(on) and board.precharge(on) switch. memory: firmware/memory.py,
    or None. Each of `services` is called with (self, now_ms, dt_ms) once a tick, after everything else; idle is, each
    10 ms between ticks, where it is not None. road: what has the odometer, the board until somebody knows better.
    readings: firmware/readings.py. done: bits of what has run, for the watchdog. sampled: this tick's sample has met a
    running estimator; dt_ms, d_mm: what it took; begun: BLIND or STORED, if it began with it. period_ms: since the last
    tick. cluttered: the monitor was set up anew, which takes some 11 kB of heap. may_rest: whoever wants it faster
    says False.
    """

    def __init__(self, config, afe, board, kernels=compute, memory=None, services=()):
        self.readings = array("i", [0] * of.READINGS)
        self.readings[of.ALWAYS] = 1
        self.contactors = Contactors(board, self.readings, config.precharge_ms, config.precharge_least_ms)
        ocv_uv = config.soc_par[soc.OCV_UV : soc.HYST_UV]
        own = OwnHeat(config.cells, ocv_uv, config.heat_dj_k, self.readings)
        capacity_mc, most_ma, shunt_uohm = config.capacity_mc, config.current_max_ma, config.shunt_uohm
        self.sensing = Sensing(
            config.cells, afe.sensors, capacity_mc, most_ma, shunt_uohm, self.readings, own, kernels.extremes_step
        )
        self.protection = Protection(config.guard, self.readings, kernels.guard_step)
        self.estimator = Estimator(config, kernels)
        self.summary = Summary(config, self.estimator, self.readings)
        self.balancing = Balancing(config, self.estimator.states, self.readings, afe)
        self.estimator.bleed_ma = self.balancing.resistors.bleed_ma
        self.leakage = Leakage(config, self.estimator.states, self.readings, self.balancing, kernels.leak_step)
        self._config = config
        self._afe = afe
        self._board = self.road = self._last_road = board
        self._memory = memory
        self.services = list(services)
        self._wished = -1
        self.idle = None
        self.mode = self.readings[of.MODE] = modes.SELF_TEST
        self.running = self.zeroed = self._prepared = self.cluttered = self._fresh = False
        self.sampled = False
        self.begun = 0
        self.done = 0
        self.period_ms = 0
        self.may_rest = True
        self._rest_ma = config.capacity_mc // 3600 // _REST_PARTS
        self._forbidden_ma = min(_FORBIDDEN_MA, config.capacity_mc // 3600 // _FORBIDDEN_PARTS)
        self._quiet_ms = 0
        self._stretched_ms = 0  # by which rest has put off the next fresh sample
        self.dt_ms = 0
        self.d_mm = 0
        self._now_ms = -1
        self._served_ms = self._uncared_ms = 0
        self._sample_ms = 0
        self._last_mm = 0
        self._uptime_ms = 0
        self._tested_ms = 0

    def prepare(self):
        """Find the cell monitor and write its protections; False until it has taken them."""
        afe = self._afe
        self._prepared = bool(afe.probe() and afe.configure(self._wanted_settings()) and afe.switch_fets(True))
        return self._prepared

    def _wanted_settings(self):
        profiles = self._config.profiles()
        return profiles if self._config.chips > 1 else profiles[0]

    def wish(self, wish):
        """What the host wants, WISH_...; -1 leaves it to the board's input."""
        self._wished = wish

    def stirred(self):
        """Between two ticks at rest: whether an input has changed that is not left to wait."""
        board = self._board
        board.poll()
        wanted = self._wanted() != modes.WISH_OPEN
        return wanted or board.feedback == 1 or board.interlock_open != self.readings[of.INTERLOCK_OPEN]

    def tick(self, now_ms):
        """One period; ms until the next one is due. Allocates nothing while all goes well."""
        if self._now_ms < 0:
            self._now_ms = self._served_ms = (now_ms - TICK_MS) & _TICKS
        dt_ms = (now_ms - self._now_ms) & _TICKS
        self._now_ms = now_ms
        self.period_ms = dt_ms
        self.sampled = False
        afe = self._afe
        self._board.poll()
        fresh = self._fresh = afe.read(now_ms)
        self._sense(fresh, now_ms, dt_ms)
        self.done |= SENSED
        self._judge(dt_ms)
        self.done |= JUDGED
        if afe.settings_lost or not self._prepared:
            self.prepare()
            self.cluttered = True
        elif fresh and afe.valid[TEMPERATURES] and (now_ms - self._sample_ms) & _TICKS >= _SAMPLE_MS:
            self._estimate(now_ms)
        self.done |= ESTIMATED
        served_ms = (now_ms - self._served_ms) & _TICKS
        if served_ms >= _SAMPLE_MS:
            self._served_ms = now_ms
            self._uncared_ms += served_ms
            if not self.estimator.corrected or self._uncared_ms > _PUT_OFF_MS:
                self.balancing.update(self._uncared_ms)
                self.leakage.update(self._uncared_ms)
                self._uncared_ms = 0
            for service in self.services:
                service(self, now_ms, served_ms)
        self.done |= SERVED
        return self._wait_ms(fresh, dt_ms)

    def _wait_ms(self, fresh, dt_ms):
        """Until the next tick. At rest nobody wants the pack, and nothing flows that could hurt before it is seen."""
        r = self.readings
        still = self.running and self.contactors.known_open and r[of.OPEN] and r[of.ABSOLUTE_MA] <= self._rest_ma
        quiet = still and self.may_rest and self._wanted() == modes.WISH_OPEN
        self._quiet_ms = min(self._quiet_ms + dt_ms, _LONGEST_MS) if quiet else 0
        if self.protection.pending or not fresh:
            return URGENT_MS
        self._stretched_ms = REST_MS - TICK_MS if self._quiet_ms >= _REST_AFTER_MS else 0
        return _DOUBTS_MS if self.sensing.doubts else TICK_MS + self._stretched_ms

    def _wanted(self):
        return self._board.wish if self._wished < 0 else self._wished

    def _sense(self, fresh, now_ms, dt_ms):
        r, board = self.readings, self._board
        stretched_ms = self._stretched_ms
        r[of.PERIOD_MS] = min(max(dt_ms - stretched_ms, 0), _LONGEST_MS)
        self._uptime_ms += dt_ms
        if self._uptime_ms >= 1000:
            r[of.UPTIME_S] += self._uptime_ms // 1000
            self._uptime_ms %= 1000
        r[of.INTERLOCK_OPEN] = board.interlock_open
        r[of.INSULATION_KOHM] = board.insulation_kohm
        self.sensing.update(self._afe, fresh, now_ms, dt_ms, stretched_ms)
        self.contactors.update(dt_ms)
        resting = self.running and r[of.OPEN] == 1 and self.contactors.known_open
        early = fresh and self.estimator.window_ms <= _EARLY_MS  # a tick that corrects all cells is long enough without
        self.zeroed = early and self._afe.zero(resting)  # what the sensor reads while nothing can flow is its offset
        if self.zeroed:
            self.estimator.zero(self._afe.rest_ma)

    def _judge(self, dt_ms):
        """Closed only over a pack that is understood, that no diagnosis forbids, and that the vehicle wants."""
        self.protection.update(dt_ms)
        reaction = self.protection.reaction
        self.estimator.react(reaction)
        if self._tested_ms < _SELF_TEST_MS:
            calm = self.running and not self.protection.pending and not reaction & _KEEPS_OPEN
            self._tested_ms = self._tested_ms + dt_ms if calm else 0
        understood = self._tested_ms >= _SELF_TEST_MS
        charge = not reaction & diagnoses.NO_CHARGE
        discharge = not reaction & diagnoses.NO_DISCHARGE
        self._afe.permit(charge, discharge)
        self._count_forbidden(charge, discharge, dt_ms)
        stops = reaction & diagnoses.OPEN or self._afe.settings_lost or not (self._prepared and understood)
        waits = reaction & diagnoses.NO_CLOSE and not self.contactors.closed
        wish = self._wanted()
        if wish == modes.WISH_OPEN:  # also while a fault lasts: whoever drives turns the key off and on at once
            self.contactors.forgive()
        if self.mode == modes.SHUTDOWN:
            self.contactors.open()
        elif stops or waits:
            self.contactors.trip()
            self.mode = modes.FAULT if understood else modes.SELF_TEST
        elif wish == modes.WISH_OPEN:
            self.contactors.open()
            self.mode = modes.BALANCE if self.readings[of.BALANCING] else modes.OFF
        else:
            if self._fresh or self.contactors.state:  # at rest the values may be a second old
                self.contactors.close()
            closed = modes.CHARGE if wish == modes.WISH_CHARGE else modes.DRIVE
            self.mode = closed if self.contactors.closed else modes.PRECHARGE
        self.readings[of.MODE] = self.mode

    def _count_forbidden(self, charge, discharge, dt_ms):
        r, most_ma = self.readings, self._forbidden_ma
        if (not charge and r[of.CHARGE_MA] > most_ma) or (not discharge and r[of.DISCHARGE_MA] > most_ma):
            r[of.FORBIDDEN_MS] = min(r[of.FORBIDDEN_MS] + dt_ms, _LONGEST_MS)
        else:
            r[of.FORBIDDEN_MS] = 0

    def _estimate(self, now_ms):
        afe, estimator, road = self._afe, self.estimator, self.road
        mm = road.mm
        self.dt_ms = (now_ms - self._sample_ms) & _TICKS
        self.d_mm = (mm - self._last_mm) & ODOMETER_MASK if road is self._last_road else 0
        self._sample_ms = now_ms
        self._last_mm = mm
        self._last_road = road
        self.begun = 0
        if self.running:
            estimator.advance(self.dt_ms, afe.current_ma, afe.cell_uv, afe.ts_mdegc, self.d_mm)
            self.summary.update()
        else:
            self.begun = self._first_states()
            self.running = self.begun > 0
            if self.running:
                self.summary.begin()
        self.sampled = self.running
        self.readings[of.UNUSED_MS] = min(estimator.missed_ms, _LONGEST_MS)

    def _first_states(self):
        """From what was stored, if it is believed; else blind, from this one sample; 0 if it is none to begin from."""
        afe, estimator = self._afe, self.estimator
        sample = afe.current_ma, afe.cell_uv, afe.ts_mdegc
        if self._memory and estimator.usable(*sample):
            t_mdegc = estimator.cell_mdegc(afe.ts_mdegc)
            states = self._memory.begin(afe.current_ma, afe.cell_uv, t_mdegc, self._board.clock_s, estimator.alive)
            if states:
                estimator.resume(states, afe.cell_uv, afe.ts_mdegc)
                if self._memory.give_road(estimator.range):
                    estimator.tell_range(afe.cell_uv, afe.ts_mdegc)
                self._memory.give_leaks(self.leakage)
                return STORED
        return BLIND if estimator.begin(*sample) else 0

    def shut_down(self):
        """Open the contactors, whatever else is the matter, and stay so."""
        self.contactors.open()
        self.mode = self.readings[of.MODE] = modes.SHUTDOWN
