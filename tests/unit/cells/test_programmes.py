"""The cells of the announced programmes: published figures as published, each emulated and estimated, all sourced."""

from pathlib import Path

import numpy as np
import pytest

from bms.bench.samples import range_parameters
from bms.cells import library
from bms.cells.provenance import counts, figures, share
from bms.emulation.pack import ALIKE, Pack
from bms.estimation import run
from bms.estimation.logs import Log
from bms.estimation.parameters import capacity_mc, parameters
from fastcore import batch
from firmware import start
from firmware.kernels import reach, soc

FITTED = {"a123-26650-lfp", "panasonic-ncr18650pf"}
PROGRAMMES = sorted(set(library.names()) - FITTED)
NAMED_WH_PER_KG = {"factorial-fest77": 375, "factorial-fest106": 391, "quantumscape-qse5": 301, "catl-assb20": 500}


def test_every_programme_of_the_articles_has_a_cell() -> None:
    assert set(PROGRAMMES) == {
        "catl-assb20", "factorial-fest106", "factorial-fest77", "factorial-solstice40", "ion-cornerstone",
        "nio-welion-semisolid", "quantumscape-qse5", "samsung-sdi-asb", "solid-power-bmw-i7", "toyota-sulfide",
    }  # fmt: skip


@pytest.mark.parametrize(("name", "wh_per_kg"), NAMED_WH_PER_KG.items())
def test_capacity_voltage_and_mass_give_the_energy_that_was_named(name: str, wh_per_kg: float) -> None:
    cell = library.load(name)
    mean_v = np.trapezoid(cell.ocv_v.value, cell.ocv_v.soc)
    assert cell.capacity_ah.value * mean_v / cell.mass_kg.value == pytest.approx(wh_per_kg, rel=0.01)


def test_qse5_holds_the_energy_and_not_the_amp_hours_of_its_name() -> None:
    cell = library.load("quantumscape-qse5")
    assert cell.capacity_ah.value * np.trapezoid(cell.ocv_v.value, cell.ocv_v.soc) == pytest.approx(21.6, rel=0.01)
    assert cell.capacity_ah.low > 5


@pytest.mark.parametrize("name", PROGRAMMES)
def test_each_figure_says_where_it_is_from(name: str) -> None:
    found = figures(library.load(name))
    assert len(found) >= 27 and all(len(figure.source) > 10 for figure in found)
    assert sum(counts(found).values()) == len(found)
    assert share(found) == pytest.approx(sum(f.status == "disclosed" for f in found) / len(found))


@pytest.mark.parametrize("name", PROGRAMMES)
@pytest.mark.parametrize("celsius", [25.0, -20.0])
def test_the_cell_is_emulated_and_estimated_from_full_to_half(name: str, celsius: float) -> None:
    """C/4 with pulses; the estimate begins 5 % off and must end within its own interval of the truth."""
    cell = library.load(name)
    rate = cell.capacity_ah.value
    pack = Pack(cell, 1, soc=1.0, temperature=celsius + 273.15, spread=ALIKE)
    current = rate * np.tile(np.repeat([0.15, 0.45, -0.1, 0.5], 60), 30)
    par = parameters(cell)
    state = np.array(start.known(par.tolist(), capacity_mc(cell), round(0.95 * start.FULL_Q21), 3277), np.int32)
    for amps in current:
        pack.advance(amps, 1.0)
        sample = (round(amps * 1000), round(pack.voltages[0] * 1e6), round(1000 * (pack.temperatures[0] - 273.15)))
        batch.step(state, par, *sample, 1000)
    error = state[soc.SOC_Q21] / start.FULL_Q21 - pack.soc[0]
    assert 0.4 < pack.soc[0] < 0.6
    assert abs(error) <= max(run.INTERVAL * state[soc.SD_Q16] / 65536, 0.01)


@pytest.mark.parametrize("name", library.names())
def test_a_pack_of_one_has_parameters_of_the_range_kernel(name: str) -> None:
    """What `bms parity` draws from; the largest cell's current must not be beyond the monitor that is described."""
    assert len(range_parameters(library.load(name))) == reach.PARAMETERS


def test_a_log_of_a_programmes_cell_runs_through_the_estimator() -> None:
    cell = library.load("quantumscape-qse5")
    pack = Pack(cell, 1, soc=0.9, spread=ALIKE)
    current = np.full(1200, 2 * cell.capacity_ah.value)
    volts = pack.run(current, 1.0)[:, 0]
    log = Log(Path("drive.csv"), np.arange(1200.0), current, volts, np.full(1200, 298.15))
    final = run.estimate(log, cell).final
    assert final.low < pack.soc[0] < final.high and final.sd < 0.1
