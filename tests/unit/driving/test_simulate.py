"""`bms simulate`: every programme runs, the run ends where the pack does, and what is written is what happened."""

import re

import numpy as np
import pytest

from bms.cells import library
from bms.driving import simulate
from bms.driving.simulate import Run
from bms.emulation import pack_file
from bms.errors import InputError

OURS = ("module-", "quadricycle-")  # for the firmware's demo; no programme has such a pack
HOT = "midsize-sedan-lmp-polymer"  # a polymer that works at 60..80 degC: it drives when it begins hot, see below
MODULES = [name for name in pack_file.names() if name.startswith(OURS)]
PROGRAMMES = [name for name in pack_file.names() if name not in (*MODULES, HOT)]


def run(*args: object, **more: object) -> simulate.Simulation:
    return simulate.go(simulate.prepare(Run(*args, **more)))  # type: ignore[arg-type]


@pytest.mark.parametrize("ambient_c", [25.0, -20.0])
@pytest.mark.parametrize("pack", PROGRAMMES)
def test_every_programme_drives_the_udds_in_warmth_and_cold(pack, ambient_c):
    simulation = run(pack, "udds", ambient_c)
    columns = simulation.columns
    assert simulation.ended == "the cycle is over"
    assert columns["distance_km"][-1] == pytest.approx(11.99, abs=0.05)
    assert 0.9 < columns["soc"][-1] < 1
    cell = simulation.cell
    assert columns["cell_lowest_v"].min() >= cell.voltage_min_v.value
    assert columns["cell_highest_v"].max() <= cell.voltage_max_v.value + 0.02


def test_every_cell_of_the_library_drives_a_car_or_is_only_fitted():
    driven = {pack_file.load(name).cell for name in (*PROGRAMMES, HOT)}
    assert set(library.names()) - driven == {"a123-26650-lfp", "panasonic-ncr18650pf"}


@pytest.mark.parametrize("pack", MODULES)
def test_every_module_drives_the_udds_in_warmth(pack):
    assert run(pack, "udds", 25.0).ended == "the cycle is over"


def test_a_polymer_pack_drives_hot_and_gives_next_to_nothing_cold():
    hot, cold = run(HOT, "udds", 25.0, temperature_c=70.0), run(HOT, "udds", 25.0)
    assert hot.ended == "the cycle is over" and hot.columns["temperature_lowest_c"].min() > 55
    assert len(cold.rows) < 60 and "are asked" in cold.ended


def test_cold_takes_more_of_the_same_pack():
    warm, cold = (run("nio-et7-150", "udds", c, start_soc=0.9) for c in (25.0, -20.0))
    assert cold.columns["soc"][-1] < warm.columns["soc"][-1]
    asked = [float(each.drive.power.sum()) for each in (warm, cold)]
    assert asked[1] > 1.1 * asked[0]  # tyres and gears take more, and the air is denser


def test_until_empty_repeats_the_cycle_and_says_when_and_how_much_is_lacking():
    simulation = run("ducati-v21l-qse5", "us06", 25.0, until_empty=True, start_soc=0.3)
    assert len(simulation.rows) > 600
    assert "are asked" in simulation.ended and "lowest voltage" in simulation.ended
    assert simulation.undelivered > 0
    assert simulate.summary(simulation)["power_lacking_w"] > 0


def test_a_pack_too_small_for_the_cold_ends_where_it_lacks_power():
    simulation = run("quadricycle-fest77", "udds", -20.0)
    assert len(simulation.rows) < 100
    said = re.match(r"after 25 s (\S+) kW are asked, (\S+) kW of them are not there", simulation.ended)
    assert said is not None and 4.5 < float(said[1]) < 5.5 and 0 < float(said[2]) < 0.5


def test_the_same_seed_is_the_same_run_and_another_is_not():
    first, again, other = (run("bmw-i7-solid-power", "udds", seed=seed).columns["cell_lowest_v"] for seed in (1, 1, 2))
    assert (first == again).all() and not (first == other).all()


def test_effects_may_be_switched_one_by_one():
    none, aged = run("nio-et7-150", "udds", effects="none"), run("nio-et7-150", "udds", effects="ageing")
    assert (none.columns["capacity_lost_ah"] == 0).all()
    assert (np.diff(aged.columns["capacity_lost_ah"]) >= 0).all() and aged.columns["capacity_lost_ah"][-1] > 0


def test_a_soft_short_leaks_in_the_first_cell_and_no_other():
    simulation = run("nio-et7-150", "udds", effects="short")
    leaked = simulation.pack.charge_leaked
    assert leaked[0] > 0 and (leaked[1:] == 0).all()
    assert simulate.summary(simulation)["effects"] == ["short"]


def test_what_the_drive_train_cannot_do_is_said():
    weak = simulate.summary(run("quadricycle-fest77", "us06"))
    assert weak["beyond_drive_train_kwh"] > 0.1
    assert simulate.summary(run("nio-et7-150", "us06"))["beyond_drive_train_kwh"] == 0


def test_an_old_pack_begins_with_less():
    old, new = run("nio-et7-150", "udds", age_years=8.0, full_cycles=500.0), run("nio-et7-150", "udds")
    assert (old.pack.capacity_ah < 0.95 * new.pack.capacity_ah).all()
    assert old.columns["soc"][-1] < new.columns["soc"][-1]


def test_an_interrupt_keeps_the_rows_that_there_are():
    simulation = simulate.prepare(Run("nio-et7-150", "udds"))

    def interrupt(_: float) -> None:
        raise KeyboardInterrupt

    simulate.go(simulation, interrupt)
    assert simulation.ended == simulate.INTERRUPTED and len(simulation.rows) == 60
    assert simulate.summary(simulation)["duration_s"] == 60


@pytest.mark.parametrize(
    ("what", "sentence"),
    [
        (Run("nio-et7-15"), "nearest is 'nio-et7-150'"),
        (Run("nio-et7-150", "uds"), "nearest is 'udds'"),
        (Run("nio-et7-150", ambient_c=-80), "-80 degC is not within -40 .. 85"),
        (Run("nio-et7-150", start_soc=1.5), "cannot start at SoC 1.5"),
        (Run("nio-et7-150", effects="ageing,cold"), "no effect named 'cold'"),
    ],
)
def test_what_cannot_be_simulated_is_refused_in_one_sentence(what, sentence):
    with pytest.raises(InputError, match=sentence):
        simulate.prepare(what)
