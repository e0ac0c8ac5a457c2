"""What a described surface does to the emulated cell: each effect alone, all against plain floats, and its power."""

import numpy as np
import pytest
from scipy.interpolate import PchipInterpolator

from bms.cells.curves import SURFACE_LEAST, Curve, Grid, Thermal
from bms.cells.schema import Cell
from bms.emulation.cell import AS_DESCRIBED
from bms.emulation.pack import ALIKE, Deviation, Pack
from tests.unit.emulation.surface_cell import (
    EVERYTHING,
    HYSTERESIS,
    PLAIN,
    SHIFT,
    SURFACE,
    TABLE,
    at_one_temperature,
    quantity,
)

CAPACITY = 77.0
BARE = at_one_temperature(PLAIN.model_copy(update={"hysteresis_mv": quantity(0)}))
NO_LAG = SURFACE.model_copy(update={"lag2_soc_per_c": quantity(0), "lag3_soc_per_c": quantity(0)})


def one(cell: Cell, soc: float = 0.5, celsius: float = 25, deviation: Deviation = AS_DESCRIBED) -> Pack:
    return Pack(cell, 1, soc=soc, temperature=celsius + 273.15, spread=ALIKE, deviation=deviation)


def twin(cell: Cell, current: np.ndarray, soc: float, celsius: float) -> np.ndarray:
    """V after each second at one temperature, from the description in plain floats."""
    surface, table, shift, gap = cell.surface, cell.resistance, cell.ocv_shift_mv, cell.hysteresis_curve_mv
    assert surface and table.kind == "table" and table.kinetic_mohm and shift and gap
    ocv, rows = PchipInterpolator(cell.ocv_v.soc, cell.ocv_v.value), np.array(table.temperature_c)
    cold = (1 / (celsius + 273.15) - 1 / 298.15) / 8.617333262e-5
    lag2 = surface.lag2_soc_per_c.value * np.exp(surface.lag2_activation_ev.value * cold) / CAPACITY
    lag3 = surface.lag3_soc_per_c.value * np.exp(surface.lag3_activation_ev.value * cold) / CAPACITY
    exchange = surface.exchange_c.value * np.exp(-surface.exchange_activation_ev.value * cold) * CAPACITY
    keep = np.exp(-1 / np.array([cell.tau1_s.value, cell.tau2_s.value, surface.tau3_s.value]))
    x, h, volts = np.zeros(3), 0.0, []

    def ohm(sheet: list[list[float]], zs: float) -> float:
        log = [np.log(1e-3 * np.interp(zs, table.soc, row)) for row in sheet]
        return np.exp(np.interp(-1 / (celsius + 273.15), -1 / (rows + 273.15), log))

    def beneath() -> float:
        return np.clip(soc - lag2 * x[1] - lag3 * x[2], -0.125, 1)

    for i in current:
        zs = beneath()
        r0, a, r1, r2 = (ohm(s, zs) for s in (table.r0_mohm, table.kinetic_mohm, table.r1_mohm, table.r2_mohm))
        moved = 1e-3 * np.interp(celsius, shift.temperature_c, [np.interp(zs, shift.soc, row) for row in shift.value])
        half_gap = 1e-3 * np.interp(zs, gap.soc, gap.value)
        soc -= i / (3600 * CAPACITY)
        x = i + (x - i) * keep
        h = np.clip(h - cell.hysteresis_rate.value * i / (3600 * CAPACITY), -1, 1)
        lost = i * r0 + a * exchange * np.arcsinh(i / exchange) + x[0] * r1 + x[1] * r2
        volts.append(ocv(beneath()) + moved + half_gap * h - lost)
    return np.array(volts)


@pytest.mark.parametrize(
    ("celsius", "soc", "allowed"),
    # Tables by 0.1 % SoC and 1 K: between their temperatures the lag is 0.05 % off, on up to 40 V per SoC near empty.
    [(-15, 0.9, 0.1e-3), (0, 0.35, 0.1e-3), (17.5, 0.2, 0.5e-3), (40, 0.9, 0.1e-3)],
)
def test_everything_at_once_is_what_plain_floats_say(celsius: float, soc: float, allowed: float) -> None:
    current = np.repeat([100.0, 0.0, -60.0, 150.0, 20.0, 0.0], 150)
    expected = twin(EVERYTHING, current, soc, celsius)
    volts = one(at_one_temperature(EVERYTHING), soc, celsius).run(current, 1.0)[:, 0]
    assert np.abs(volts - expected).max() < allowed


def test_a_lagging_surface_lowers_the_voltage_after_a_load_and_catches_up() -> None:
    lagging = BARE.model_copy(update={"surface": SURFACE})
    volts = []
    for cell in (BARE, lagging):
        pack = one(cell)
        volts.append(pack.run(np.repeat([77.0, 0.0], [600, 9000]), 1.0)[:, 0])
    dip = volts[0] - volts[1]
    slope = 0.53  # V per SoC between 25 and 40 % on this curve
    assert dip[600] == pytest.approx(slope * (0.021 + 0.020 * (1 - np.exp(-0.6))), rel=0.05)
    assert dip[-1] < 1e-5


def test_no_load_takes_the_surface_beyond_the_end_of_the_curve_but_charge_itself_does() -> None:
    sluggish = SURFACE.model_copy(update={"lag2_soc_per_c": quantity(1.0)})
    curve = PLAIN.ocv_v.model_copy(
        update={"soc": [SURFACE_LEAST, *PLAIN.ocv_v.soc], "value": [2.0, *PLAIN.ocv_v.value]}
    )
    still = TABLE.model_copy(update={"r2_mohm": np.zeros_like(TABLE.r2_mohm).tolist()})
    cell = BARE.model_copy(update={"surface": sluggish, "ocv_v": curve, "resistance": still})
    pack = one(cell, 0.5)
    pack.run(np.repeat([150.0, 0.0], [600, 10]), 1.0)
    assert pack.voltages[0] == pytest.approx(2.0, abs=1e-4)
    full = one(cell, 1.0)
    full.advance(-10.0, 60.0, steps=60)
    assert full.soc[0] > 1.1 and full.source(1e-9)[0][0] > 4.25 + 0.05


def test_charge_transfer_costs_small_currents_its_resistance_and_large_ones_less() -> None:
    cell = BARE.model_copy(update={"surface": NO_LAG, "resistance": TABLE})
    linear = BARE.model_copy(update={"resistance": TABLE})

    def extra(current: float) -> float:
        drops = [one(c).voltages[0] - one(c).run(np.array([current]), 1e-3)[0, 0] for c in (linear, cell)]
        return drops[0] - drops[1]

    assert extra(0.77) == pytest.approx(0, abs=1e-7)
    exchange, kinetic = 1.06 * 77, 0.5e-3 * (1 + 1.5 * np.exp(-5))
    for current in (77.0, 300.0, -200.0):
        expected = kinetic * (current - exchange * np.arcsinh(current / exchange))
        assert extra(current) == pytest.approx(expected, rel=0.01)
        assert np.sign(extra(current)) == np.sign(current)


def test_the_shift_of_the_ocv_is_the_table_and_stands_for_the_entropys() -> None:
    cell = BARE.model_copy(update={"ocv_shift_mv": SHIFT})
    for celsius, soc, mv in ((-20, 0.2, -30), (-10, 0.2, -20), (0, 0.35, -8), (25, 0.5, 0), (60, 1.0, -1)):
        shift = one(cell, soc, celsius).voltages - one(BARE, soc, 25).voltages
        assert shift == pytest.approx(1e-3 * mv, abs=1e-9)


def test_a_hysteresis_over_soc_parts_the_branches_by_its_curve() -> None:
    cell = BARE.model_copy(update={"hysteresis_curve_mv": HYSTERESIS, "hysteresis_rate": quantity(1e4)})
    for soc, half_gap in ((0.2, 12), (0.5, 8), (0.75, 5.5)):
        rest = []
        for current in (20.0, -20.0):
            pack = one(cell, soc)
            pack.run(np.array([current] * 20 + [0.0] * 2000), 1.0)
            rest.append(pack.voltages[0] - PchipInterpolator(PLAIN.ocv_v.soc, PLAIN.ocv_v.value)(pack.soc[0]))
        assert rest[1] - rest[0] == pytest.approx(2e-3 * half_gap, abs=0.1e-3)


def test_a_hysteresis_that_is_wider_in_the_cold_parts_the_branches_there() -> None:
    wide = Thermal(temperature_c=[-20, 25], value=[2, 1], status="assumed", source="test")
    cell = BARE.model_copy(update={"hysteresis_mv": quantity(8), "hysteresis_widening": wide})
    cell = cell.model_copy(update={"hysteresis_rate": quantity(1e4)})
    for celsius, half_gap in ((-40, 16), (-20, 16), (2.5, 12), (25, 8), (50, 8)):
        rest = []
        for current in (20.0, -20.0):
            pack = one(cell, 0.5, celsius)
            pack.run(np.array([current] * 20 + [0.0] * 2000), 1.0)
            rest.append(pack.voltages[0] - PchipInterpolator(PLAIN.ocv_v.soc, PLAIN.ocv_v.value)(pack.soc[0]))
        assert rest[1] - rest[0] == pytest.approx(2e-3 * half_gap, abs=0.2e-3)


def equals(cell: Cell, other: Cell) -> None:
    packs = [Pack(c, 2, soc=0.6, temperature=263.15) for c in (cell, other)]
    current = np.random.default_rng(1).uniform(-100, 200, 500)
    volts = [p.run(current, 1.0) for p in packs]
    assert volts[0] == pytest.approx(volts[1], abs=1e-9)
    assert packs[0].temperatures == pytest.approx(packs[1].temperatures, abs=1e-9)
    assert packs[0].heat_given == pytest.approx(packs[1].heat_given, abs=1e-6)


def test_effects_of_no_size_change_neither_voltage_nor_heat() -> None:
    entropy = PLAIN.ocv_temperature_mv_per_k.value
    line = [[entropy * (t - 25)] * 2 for t in (-45, 90)]
    shift = Grid(temperature_c=[-45, 90], soc=[0, 1], value=line, status="assumed", source="test")
    equals(PLAIN, PLAIN.model_copy(update={"ocv_shift_mv": shift}))
    gap = Curve(soc=[0, 1], value=[PLAIN.hysteresis_mv.value] * 2, status="assumed", source="test")
    equals(PLAIN, PLAIN.model_copy(update={"hysteresis_curve_mv": gap}))
    linear = NO_LAG.model_copy(update={"exchange_c": quantity(1e7)})
    tabled = PLAIN.model_copy(update={"resistance": TABLE})
    equals(tabled, tabled.model_copy(update={"surface": linear}))


def test_the_truth_deviates_in_charge_transfer_the_third_lag_and_the_curve_of_the_hysteresis() -> None:
    share = Deviation(0, 0.1, 0, 0.2, 0.5)
    plain, far = (one(EVERYTHING, deviation=d).truth for d in (AS_DESCRIBED, share))
    assert far.table[..., :4] == pytest.approx(1.1 * plain.table[..., :4])
    assert far.table[..., 4] == pytest.approx(plain.table[..., 4])
    assert far.table[..., 5] == pytest.approx(1.5 * plain.table[..., 5])
    assert far.law[:3] == pytest.approx(1.2 * plain.law[:3])


@pytest.mark.parametrize("celsius", [-20, 0, 25])
def test_power_through_a_surface_is_what_was_asked_for_less_what_is_reported(celsius: float) -> None:
    pack = Pack(EVERYTHING, 16, soc=0.7, temperature=celsius + 273.15, seed=3)
    for power in np.random.default_rng(2).uniform(-2500, 8000, 400):
        before = pack.energy_delivered.sum()
        drawn = pack.draw(power, 2.0)
        possible = 2 * power - drawn.undelivered + drawn.refused
        assert pack.energy_delivered.sum() - before == pytest.approx(possible, rel=1e-8)


def test_a_pack_with_a_surface_gives_what_its_lowest_voltage_allows_to_the_last() -> None:
    pack = Pack(EVERYTHING, 16, soc=0.15, temperature=253.15, seed=3)
    for _ in range(60):
        before = pack.energy_delivered.sum()
        drawn = pack.draw(15e3, 1.0)
        assert drawn.undelivered == pytest.approx(15e3 - (pack.energy_delivered.sum() - before), rel=1e-8)
        assert pack.voltages.min() == pytest.approx(2.7, abs=1e-8)


def test_a_source_is_the_tangent_of_what_a_step_does() -> None:
    pack = one(EVERYTHING, 0.3, 5)
    pack.bleed = np.array([0.1])
    pack.advance(120.0, 1.0, steps=100)
    for about in (-80.0, 0.5, 200.0):
        emf, inner = pack.source(2.0, about)
        below, at, above = (pack.copy() for _ in range(3))
        for each, current in ((below, about - 0.01), (at, about), (above, about + 0.01)):
            each.advance(current, 2.0)
        assert at.voltages == pytest.approx(emf - inner * about, abs=1e-12)
        assert (below.voltages - above.voltages) / 0.02 == pytest.approx(inner, rel=1e-4)
