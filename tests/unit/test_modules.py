"""Sixteen cells of every kind in the library, on the real firmware: warm they are driven, cold they are protected."""

import pytest

from bms import demo
from bms.bench.targets import TARGETS
from bms.cells import library
from bms.emulation import pack_file
from bms.errors import InputError
from bms.estimation.parameters import estimable

MODULES = [name for name in pack_file.names() if pack_file.load(name).shunt_uohm is not None]


def test_every_cell_that_the_firmware_can_estimate_is_in_a_module() -> None:
    assert {pack_file.load(name).cell for name in MODULES} == set(estimable())


def test_all_but_the_polymer_cell_that_works_hot_can_be_estimated() -> None:
    """At 25 degC its resistance is a hundred times that of its use, and nears a million times in deep cold."""
    assert set(library.names()) - set(estimable()) == {"lmp-lfp-polymer-reference"}


def test_the_firmware_is_not_run_on_a_whole_cars_pack() -> None:
    with pytest.raises(InputError, match=r"96 cells in series and no shunt_uohm.*BQ76952, which monitor 3 \.\. 128"):
        demo.configuration("nio-et7-150")


@pytest.mark.parametrize("pack", MODULES)
@pytest.mark.parametrize("ambient_c", [25.0, -20.0])
def test_a_module_runs_on_the_firmware_and_its_interval_holds_the_truth(pack: str, ambient_c: float) -> None:
    """Four minutes of UDDS from a blind start; in deep cold a module may not bear them, and is then cut off."""
    summary = demo.run(demo.Drive(pack, "udds", ambient_c, 4.0), TARGETS["python"]).summary
    assert summary["parity_mismatches"] == 0
    assert summary["coverage_95"] >= 0.9
    assert summary["contactor_opened"] <= (ambient_c < 0)
