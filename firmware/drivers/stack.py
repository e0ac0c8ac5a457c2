"""One to eight cell monitors in series as one: the attributes and methods of firmware/drivers/bq76952.py `BQ76952`.

Cells stand from the bottom of the stack to its top. ts_mdegc: TS1, TS2, TS3 of the lowest chip, then of the next one,
and after all of them the dies; so the first `sensors` are spread along the stack. The shunt is at the lowest chip.
"""

from array import array

from firmware.drivers.bq76952 import CELLS, GROUPS, INTERNAL, TEMPERATURES

_PINS = 3  # thermistors a chip
_FLOATING_MV = 1000  # PACK of the highest chip reads no more where what is behind the contactors is below its ground


class Stack:
    """chips: drivers from the lowest up, each with its own bus or address.

    What differs from one chip: valid and ages are those of the chip that is worst; safety_status, safety_alert, alarms
    are OR-ed, fets are those that are on in every chip (detail: chips[k]).
    stacks_mv, balancing and `balance` go by chip.
    link_mv: the highest chip's PACK over all stacks below; 0 where it is below that chip's ground. link: that of the
    chip that has failed most often in a row.
    """

    def __init__(self, chips):
        self.chips = chips
        count = len(chips)
        self.cells = sum([chip.cells for chip in chips])
        self.sensors = _PINS * count
        self.first = array("i", [sum([chip.cells for chip in chips[:k]]) for k in range(count)])
        self.cell_uv = array("i", [0] * self.cells)
        self.ts_mdegc = array("i", [0] * (self.sensors + count))
        self.balancing = array("i", [0] * count)
        self.stacks_mv = array("i", [0] * count)
        self.valid = array("i", [0] * GROUPS)
        self.link = chips[0].link
        self.device = 0
        self.current_ma = self.stack_mv = self.link_mv = self.load_mv = 0
        self.charge_mc = self.charge_s = 0
        self.safety_alert = self.safety_status = self.battery_status = 0
        self.alarms = self.fets = 0
        self.settings_lost = True

    def probe(self):
        """Find every chip: 0x7695, or 0 at the first that does not answer: all their timeouts outlast a watchdog."""
        self.device = 0x7695
        for chip in self.chips:
            if self.device and not chip.probe():
                self.device = 0
        return self.device

    def configure(self, wanted):
        """Bring every chip to its Profile."""
        done = True
        for k in range(len(self.chips)):
            done = self.chips[k].configure(wanted[k]) and done
        self.settings_lost = not done
        return done

    def has_measured(self):
        """As BQ76952, of every chip."""
        for chip in self.chips:
            if not chip.measured:
                return False
        for chip in self.chips:
            chip.has_measured()
        return True

    def switch_fets(self, on):
        """As BQ76952; every chip is told, whatever the others answer."""
        done = True
        for chip in self.chips:
            done = chip.switch_fets(on) and done
        return done

    def permit(self, charge, discharge):
        """As BQ76952; every chip is told, whatever the others answer."""
        done = True
        for chip in self.chips:
            done = chip.permit(charge, discharge) and done
        return done

    def balance(self, mask, chip=0):
        """As BQ76952, for one chip; bit 0 is its lowest cell."""
        return self.chips[chip].balance(mask)

    def forgive(self):
        """As BQ76952."""
        done = True
        for chip in self.chips:
            done = chip.forgive() and done
        return done

    def zero(self, resting):
        """As BQ76952."""
        return self.chips[0].zero(resting)

    @property
    def rest_ma(self):
        return self.chips[0].rest_ma

    @property
    def silences(self):
        return sum([chip.silences for chip in self.chips])

    def age_ms(self, group, now_ms):
        """The oldest chip's."""
        oldest = 0
        for chip in self.chips:
            oldest = max(oldest, chip.age_ms(group, now_ms))
        return oldest

    def read(self, now_ms):
        """Take new values of every chip; True if cells and current are new in all of them."""
        fresh = True
        for chip in self.chips:
            fresh = chip.read(now_ms) and fresh
        self.settings_lost = False
        for group in range(GROUPS):
            self.valid[group] = 1
        for k in range(len(self.chips)):
            self._judge(self.chips[k], k)
        if self.valid[CELLS]:
            self._add_up()
        self._align()
        return fresh

    def _align(self):
        """The temperatures of all chips come together, once a second, also after one of them was away."""
        lowest = self.chips[0]
        if lowest.valid[TEMPERATURES]:
            for chip in self.chips:
                chip.until_slow = min(chip.until_slow, lowest.until_slow)

    def _judge(self, chip, k):
        if chip.settings_lost:
            self.settings_lost = True
        for group in range(GROUPS):
            if not chip.valid[group]:
                self.valid[group] = 0
        if k == 0 or chip.link.failures > self.link.failures:
            self.link = chip.link
        if k == 0:
            self.safety_alert = self.safety_status = self.battery_status = self.alarms = 0
            self.fets = 0xFF
        self.safety_alert |= chip.safety_alert
        self.safety_status |= chip.safety_status
        self.battery_status |= chip.battery_status
        self.alarms |= chip.alarms
        self.fets &= chip.fets
        self.balancing[k] = chip.balancing[0]
        self.stacks_mv[k] = chip.stack_mv
        first = self.first[k]
        for cell in range(chip.cells):
            self.cell_uv[first + cell] = chip.cell_uv[cell]
        for pin in range(_PINS):
            self.ts_mdegc[_PINS * k + pin] = chip.ts_mdegc[pin]
        self.ts_mdegc[self.sensors + k] = chip.ts_mdegc[INTERNAL]

    def _add_up(self):
        lowest = self.chips[0]
        highest = self.chips[-1]
        self.current_ma = lowest.current_ma
        self.charge_mc = lowest.charge_mc
        self.charge_s = lowest.charge_s
        below_mv = 0
        for chip in self.chips:
            below_mv += chip.stack_mv
        self.stack_mv = below_mv
        below_mv -= highest.stack_mv
        above = len(self.chips) > 1
        self.link_mv = 0 if above and highest.link_mv < _FLOATING_MV else below_mv + highest.link_mv
        self.load_mv = 0 if above and highest.load_mv < _FLOATING_MV else below_mv + highest.load_mv
