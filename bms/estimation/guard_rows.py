"""The rows of the one table of diagnoses: what is judged, from where on, how long, what ends it, what it does, and why.

Thresholds are in the units of the reading (firmware/readings.py). Delays count from the first tick that sees it: a tick
is 100 ms, and 10 ms while a diagnosis with a delay of up to 0.3 s waits. What latches ends by a command alone.
"""

from dataclasses import dataclass

from firmware import diagnoses as d
from firmware import readings as of

_NOTHING = 0


@dataclass(frozen=True)
class Limits:
    """What of the table depends on the pack. V, A, degC; voltage_v of the full pack; capacity_ah of its cells."""

    cells: int
    voltage_min_v: float
    voltage_max_v: float
    discharge_a: float
    charge_a: float
    capacity_ah: float
    hot_c: float = 60.0
    hot_charge_c: float = 50.0
    cold_c: float = -35.0
    cold_charge_c: float = -25.0


@dataclass(frozen=True)
class Row:
    """One diagnosis; `why` says where its numbers come from."""

    number: int
    name: str
    reading: int
    sign: int
    warn: int
    trip: int
    delay_ms: int
    hysteresis: int
    recovery_ms: int
    latch: bool
    reaction: int
    why: str
    gate: int = of.ALWAYS

    def words(self) -> list[int]:
        """As firmware/diagnoses.py numbers the columns."""
        judged = (self.reading, self.sign, self.gate, self.warn, self.trip, self.delay_ms)
        return [*judged, self.hysteresis, self.recovery_ms, int(self.latch), self.reaction]


def rows(limits: Limits) -> list[Row]:
    """All of them for this pack, by number."""
    found = [*_cells(limits), *_temperatures(limits), *_currents(limits), *_plausible(), *_switches(limits)]
    return sorted([*found, *_slow(limits), *_keeping()], key=lambda row: row.number)


def _cells(limits: Limits) -> list[Row]:
    high, low = round(limits.voltage_max_v * 1e6), round(limits.voltage_min_v * 1e6)
    return [
        Row(
            d.OVER_VOLTAGE, "over-voltage", of.CELL_MAX_UV, 1, high + 5_000, high + 20_000, 200, 50_000, _NOTHING, True,
            d.OPEN, "the monitor errs by up to 15 mV (TI SLUSE13B); with scan and tick below 500 ms",
        ),
        Row(
            d.UNDER_VOLTAGE, "under-voltage", of.CELL_MIN_UV, -1, low + 50_000, low - 20_000, 300, 100_000, _NOTHING,
            True, d.NO_DISCHARGE, "the same error; charging stays possible, and the latch ends the going on and off",
            of.SUM_MV,
        ),
        Row(
            d.DEEP_DISCHARGE, "deep discharge", of.CELL_MIN_UV, -1, low - 200_000, low - 500_000, 1_000, 100_000,
            _NOTHING, True, d.OPEN | d.NO_CLOSE | d.PERSIST,
            "copper dissolves near 0 V and comes back as a short; a choice", of.SUM_MV,
        ),
        Row(
            d.CELL_SPREAD, "cell spread", of.SPREAD_UV, 1, 300_000, 1_000_000, 10_000, 50_000, 10_000, False,
            d.NO_CHARGE, "300 mV is foxBMS' plausibility limit; a volt is no cell of this pack",
        ),
    ]  # fmt: skip


def _temperatures(limits: Limits) -> list[Row]:
    hot, hot_charge = round(limits.hot_c * 1000), round(limits.hot_charge_c * 1000)
    cold, cold_charge = round(limits.cold_c * 1000), round(limits.cold_charge_c * 1000)
    return [
        Row(
            d.OVER_TEMPERATURE, "over-temperature", of.T_MAX_MDEGC, 1, hot - 5_000, hot, 1_000, 5_000, _NOTHING, True,
            d.OPEN, "the pack's window; temperatures come once a second, so it is seen within 3 s",
        ),
        Row(
            d.OVER_TEMPERATURE_CHARGE, "over-temperature while charging", of.T_MAX_MDEGC, 1, hot_charge - 5_000,
            hot_charge, 1_000, 5_000, 10_000, False, d.NO_CHARGE,
            "the pack's window; 5 K of hysteresis as LibreSolar", of.CHARGING,
        ),
        Row(
            d.UNDER_TEMPERATURE, "under-temperature", of.T_MIN_MDEGC, -1, cold + 5_000, cold, 1_000, 3_000, 10_000,
            False, d.NO_DISCHARGE, "the pack's window; the estimator ends at -40 degC",
        ),
        Row(
            d.UNDER_TEMPERATURE_CHARGE, "under-temperature while charging", of.T_MIN_MDEGC, -1, cold_charge + 5_000,
            cold_charge, 1_000, 3_000, 10_000, False, d.NO_CHARGE,
            "a last limit: above it the plating limit of the chemistry acts", of.CHARGING,
        ),
        Row(
            d.TEMPERATURE_RISE, "temperature rise", of.T_RISE_MDEGC_MIN, 1, 10_000, 30_000, 1_000, 20_000, _NOTHING,
            True, d.OPEN, "beyond what the losses of the current explain; a runaway begins with about 1 K/s: a choice",
        ),
        Row(
            d.TEMPERATURE_SPREAD, "temperature spread", of.T_SPREAD_MDEGC, 1, 15_000, 25_000, 2_000, 5_000, 10_000,
            False, d.NO_CHARGE, "one sensor 30 K from the others is a fault of sensor, cell or cooling: a choice",
        ),
    ]  # fmt: skip


def _currents(limits: Limits) -> list[Row]:
    rows = []
    for slow, fast, name, reading, amps in (
        (d.OVER_CURRENT_DISCHARGE, d.OVER_CURRENT_DISCHARGE_FAST, "discharge", of.DISCHARGE_MA, limits.discharge_a),
        (d.OVER_CURRENT_CHARGE, d.OVER_CURRENT_CHARGE_FAST, "charge", of.CHARGE_MA, limits.charge_a),
    ):
        most = round(amps * 1000)
        rows += [
            Row(
                slow, f"over-current on {name}", reading, 1, most + most // 100, most + most * 3 // 100, 10_000,
                most // 20, _NOTHING, True, d.OPEN,
                "the cell's limit; the gain of the shunt's converter errs by 0.6 % (TI SLUSE13B)",
            ),
            Row(
                fast, f"over-current on {name}, fast", reading, 1, most + most * 3 // 100, most + most // 20,
                10, most // 20, _NOTHING, True, d.OPEN,
                "a second sample 10 ms after the tick that sees it: within 120 ms; 5 % stay inside the monitor's 10 %",
            ),
        ]  # fmt: skip
    return rows


def _plausible() -> list[Row]:
    flag = (1, 1, 1)  # reading 1 is wrong: sign, warn, trip
    return [
        Row(
            d.SUM_MISMATCH, "sum of the cells against the stack", of.SUM_ERROR_MV, 1, 700, 1_000, 100,
            200, 2_000, False, d.OPEN, "the stack is measured to 0.5 V (TI SLUSE13B), each monitor's",
        ),
        Row(
            d.FROZEN_CELL, "frozen cell", of.FROZEN_MS, 1, 1_500, 2_000, _NOTHING, _NOTHING, 2_000, False, d.OPEN,
            "noise moves the last bit of a live input while the current moves: a choice",
        ),
        Row(
            d.STALE_CELLS, "stale cells", of.CELLS_AGE_MS, 1, 101, 135, _NOTHING, _NOTHING, 1_000, False, d.OPEN,
            "a tick that fails is repeated each 10 ms: four more failures",
        ),
        Row(
            d.STALE_TEMPERATURES, "stale temperatures", of.TEMPERATURES_AGE_MS, 1, 2_000, 3_000, _NOTHING, _NOTHING,
            1_000, False, d.OPEN, "they come once a second",
        ),
        Row(
            d.IMPOSSIBLE_VALUE, "impossible value", of.IMPOSSIBLE, *flag, 100, _NOTHING, 2_000, False, d.OPEN,
            "a cell outside 0..6.05 V, a thermistor open or shorted; two samples",
        ),
        Row(
            d.UNUSABLE, "no sample for the estimator", of.UNUSED_MS, 1, 200, 1_000, _NOTHING, _NOTHING, 1_000, False,
            d.OPEN, "beyond what the estimator knows nobody follows the pack; a choice",
        ),
        Row(
            d.OPEN_WIRE, "open sense wire", of.OPEN_WIRES, *flag, 100, _NOTHING, 10_000, False, d.OPEN,
            "its cells are not known any more; the monitor looks each 3 s",
        ),
        Row(
            d.NOT_MEASURING, "monitor that measures no more", of.UNMEASURED_MS, 1, 3_200, 4_000, _NOTHING, _NOTHING,
            2_000, False, d.OPEN,
            "the end of a scan and the monitor's clock are asked for once a second; a second that falls between two "
            "answers leaves 2.1 s, a start 3.1 s: a choice",
        ),
        Row(
            d.BUS_ERRORS, "errors on the bus", of.BUS_ERRORS, 1, 1, 5, _NOTHING, _NOTHING, 5_000, False, d.NO_CLOSE,
            "five in a row, as foxBMS",
        ),
        Row(
            d.CHIP_FAULT, "the monitor has tripped", of.CHIP_FAULTS, *flag, _NOTHING, _NOTHING, _NOTHING, True, d.OPEN,
            "it has judged already",
        ),
        Row(
            d.CHIP_LOST, "the monitor has lost its settings", of.CHIP_LOST, *flag, _NOTHING, _NOTHING, 100, False,
            d.OPEN, "it protects nothing until they are written again",
        ),
        Row(
            d.SIGN_ERROR, "current of the wrong sign", of.SIGN_ERROR_MS, 1, 3_000, 5_000, _NOTHING, _NOTHING, _NOTHING,
            True, d.OPEN, "a voltage that rises as current leaves; within 10 s",
        ),
        Row(
            d.CURRENT_SATURATED, "current sensor at its end", of.SATURATED, *flag, 20, _NOTHING, 2_000, False, d.OPEN,
            "the true current is larger",
        ),
        Row(
            d.CURRENT_STUCK, "current sensor stuck", of.STUCK_MS, 1, 3_000, 5_000, _NOTHING, _NOTHING, _NOTHING, True,
            d.OPEN, "five steps of all cells, up and down in turn, by 8 mV and more, while the current stays the same",
        ),
    ]  # fmt: skip


def _switches(limits: Limits) -> list[Row]:
    flag = (1, 1, 1)
    volts = limits.cells * limits.voltage_max_v
    open_ma = min(2_000, max(100, round(limits.capacity_ah * 100)))
    return [
        Row(
            d.CURRENT_WHILE_OPEN, "current behind open contactors", of.ABSOLUTE_MA, 1, open_ma // 2, open_ma, 100,
            open_ma // 4, _NOTHING, True, d.OPEN | d.NO_CLOSE,
            "it can flow through a welded contactor only, and what stays below is taken for the sensor's offset: C/10, "
            "as a sensor off by C/15 is usual; 2 A at most", of.OPEN,
        ),
        Row(
            d.WELDED, "welded contactor", of.WELDED, *flag, _NOTHING, _NOTHING, _NOTHING, True, d.OPEN | d.NO_CLOSE,
            "judged 200 ms after opening",
        ),
        Row(
            d.STUCK_OPEN, "contactor that does not close", of.STUCK_OPEN, *flag, _NOTHING, _NOTHING, _NOTHING, True,
            d.OPEN | d.NO_CLOSE, "judged 200 ms after closing",
        ),
        Row(
            d.PRECHARGE_FAILED, "pre-charge failed", of.PRECHARGE_FAILURES, 1, 1, 3, _NOTHING, _NOTHING, _NOTHING, True,
            d.NO_CLOSE, "three tries, as foxBMS",
        ),
        Row(
            d.INTERLOCK, "interlock open", of.INTERLOCK_OPEN, *flag, 50, _NOTHING, 1_000, False, d.OPEN,
            "within 200 ms, as foxBMS; hands may be at the pack, so balancing ends as with all that opens, and goes on "
            "after it",
        ),
        Row(
            d.INSULATION, "insulation", of.INSULATION_KOHM, -1, round(volts * 0.5) + 1, round(volts * 0.1) + 1, 1_000,
            round(volts * 0.1) + 1, 10_000, False, d.NO_CLOSE,
            "100 ohm/V, with a warning at 500 (GB 38031-2025); a moving vehicle is not stopped",
        ),
        Row(
            d.LIMIT_IGNORED, "current where it is forbidden", of.FORBIDDEN_MS, 1, 100, 200, _NOTHING, _NOTHING,
            _NOTHING, True, d.OPEN, "whoever draws it does not listen",
        ),
    ]  # fmt: skip


def _slow(limits: Limits) -> list[Row]:
    one_c = round(limits.capacity_ah * 1000)
    return [
        Row(
            d.PLATING, "charged beyond the plating limit", of.PLATING_MA, 1, one_c // 100 + 1, one_c // 20 + 1, 2_000,
            _NOTHING, 5_000, False, d.NO_CHARGE, "regeneration is short, plating is not: a choice",
        ),
        Row(
            d.SOFT_SHORT, "soft short", of.LEAK_UA, 1, max(one_c // 20, 500), max(one_c // 2, 5_000), 60_000,
            max(one_c // 40, 250), 600_000, False, d.NO_CHARGE | d.NO_BALANCE,
            "C/2,000 empties a cell in three months; balancing would bleed all others down to it",
        ),
        Row(
            d.CONTACT_LOSS, "contact loss", of.CONTACT_Q12, 1, 6_144, 8_192, 10_000, 512, 60_000, False,
            d.NO_CHARGE | d.NO_BALANCE,
            "1.5 and 2 times the resistance of the others: pressure is lost; the estimator follows it up to 2.5",
        ),
    ]  # fmt: skip


def _keeping() -> list[Row]:
    flag = (1, 1, 1)
    return [
        Row(
            d.CONFIGURATION_DAMAGED, "configuration damaged", of.CONFIG_BAD, *flag, _NOTHING, _NOTHING, _NOTHING, True,
            d.OPEN | d.NO_CLOSE, "no limit can be trusted",
        ),
        Row(
            d.BALANCING_STUCK, "balancing stuck", of.BALANCE_STUCK, *flag, 1_000, _NOTHING, 60_000, False,
            d.NO_BALANCE | d.NO_CHARGE, "a resistor does not obey",
        ),
        Row(
            d.STORE_FAILING, "memory failing", of.STORE_ERRORS, 1, 1, 20, _NOTHING, _NOTHING, 1_000, False,
            _NOTHING, "the estimate goes on; a restart begins with less",
        ),
        Row(
            d.HOST_SILENT, "vehicle silent", of.HOST_AGE_MS, 1, 500, 1_000, _NOTHING, _NOTHING, 1_000, False, d.OPEN,
            "1.2 s in all, as foxBMS; where a vehicle is expected",
        ),
        Row(
            d.OVERRUN, "tick too late", of.PERIOD_MS, 1, 130, 250, _NOTHING, _NOTHING, 1_000, False, _NOTHING,
            "the watchdog resets what hangs",
        ),
    ]  # fmt: skip
