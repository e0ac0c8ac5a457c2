"""The compiled loop against the same cell written as differential equations and solved by scipy."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.interpolate import PchipInterpolator

from bms.cells import library
from bms.cells.schema import Cell, ResistanceLaw, ResistanceTable
from bms.emulation.cell import AS_DESCRIBED, resistance
from bms.emulation.pack import ALIKE, Pack

BOLTZMANN_EV = 8.617333262e-5


def solved(
    cell: Cell, current: float, soc: float, temperature: float, times: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Terminal voltage and temperature at times of a discharge, from the description alone."""
    law, ocv = cell.resistance, PchipInterpolator(cell.ocv_v.soc, cell.ocv_v.value)
    assert isinstance(law, ResistanceLaw)
    capacity, entropy, gap = (
        3600 * cell.capacity_ah.value,
        1e-3 * cell.ocv_temperature_mv_per_k.value,
        1e-3 * cell.hysteresis_mv.value,
    )

    def ohms(z: float, t: float) -> list[float]:
        shape = float(np.interp(z, law.soc_factor.soc, law.soc_factor.value))
        pairs = [
            (law.r0_mohm, law.activation_r0_ev, 1.0),
            (law.r1_mohm, law.activation_r1_ev, shape),
            (law.r2_mohm, law.activation_r2_ev, shape),
        ]
        return [1e-3 * r.value * f * np.exp(e.value / BOLTZMANN_EV * (1 / t - 1 / 298.15)) for r, e, f in pairs]

    def branch(z: float) -> float:
        return max(-1.0, cell.hysteresis_rate.value * (z - soc))

    def rates(_: float, y: np.ndarray) -> list[float]:
        z, fast, slow, t = y
        r0, r1, r2 = ohms(z, t)
        heat = current * (current * r0 + fast * r1 + slow * r2) - gap * branch(z) * current - current * entropy * t
        warming = (heat - cell.cooling_w_per_k.value * (t - temperature)) / cell.heat_capacity_j_per_k.value
        return [
            -current / capacity,
            (current - fast) / cell.tau1_s.value,
            (current - slow) / cell.tau2_s.value,
            warming,
        ]

    y = solve_ivp(rates, (0, times[-1]), [soc, 0, 0, temperature], t_eval=times, rtol=1e-8, atol=1e-10, max_step=5).y
    volts = [
        ocv(z) + entropy * (t - 298.15) + gap * branch(z) - np.dot(ohms(z, t), [current, fast, slow])
        for z, fast, slow, t in y.T
    ]
    return np.array(volts), y[3]


@pytest.mark.parametrize(
    ("celsius", "allowed"),
    [(25, 0.1e-3), (-10, 2.5e-3)],  # in the cold the resistance falls 2 % a second, and a step takes it at its start
)
def test_a_2c_discharge_follows_the_differential_equations(celsius: int, allowed: float) -> None:
    cell = library.load("factorial-fest77")
    start = celsius + 273.15
    pack = Pack(cell, 1, soc=0.9, temperature=start, spread=ALIKE, deviation=AS_DESCRIBED)
    volts, kelvin = solved(cell, 154.0, 0.9, start, np.arange(1, 901, dtype=float))
    loop = pack.run(np.full(9000, 154.0), 0.1)[9::10, 0]
    assert np.abs(loop - volts).max() < allowed
    assert pack.temperatures[0] == pytest.approx(kelvin[-1], abs=0.05)


def test_fitted_rows_are_met_at_their_temperatures_and_joined_like_arrhenius_between() -> None:
    rows = [[8.0, 8.0], [2.0, 2.0]]
    table = ResistanceTable(
        temperature_c=[0, 30],
        soc=[0, 1],
        r0_mohm=rows,
        r1_mohm=[[0, 0], [0, 0]],
        r2_mohm=rows,
        status="fitted",
        source="test",
    )
    r = resistance(library.load("factorial-fest77").model_copy(update={"resistance": table}))
    assert r[45, 50, 0] == pytest.approx(8e-3) and r[75, 50, 0] == pytest.approx(2e-3)
    assert 2e-3 < r[60, 50, 0] < 4e-3  # the logarithm over 1/T lies a little below the geometric mean
    assert r[0, 0, 0] == pytest.approx(8e-3)
    assert r[60, 50, 1] < 1e-8
