"""Sixteen cells of every kind in the library, on the real firmware: warm they are driven, cold they are protected."""

import pytest

from bms import demo
from bms.bench.targets import TARGETS
from bms.cells import library
from bms.emulation import pack_file


def test_every_cell_of_the_library_is_in_a_pack() -> None:
    assert {pack_file.load(name).cell for name in pack_file.names()} == set(library.names())


@pytest.mark.parametrize("pack", pack_file.names())
@pytest.mark.parametrize("ambient_c", [25.0, -20.0])
def test_a_module_runs_on_the_firmware_and_its_interval_holds_the_truth(pack: str, ambient_c: float) -> None:
    """Four minutes of UDDS from a blind start; in deep cold a module may not bear them, and is then cut off."""
    summary = demo.run(demo.Drive(pack, "udds", ambient_c, 4.0), TARGETS["python"]).summary
    assert summary["parity_mismatches"] == 0
    assert summary["coverage_95"] >= 0.9
    assert summary["contactor_opened"] <= (ambient_c < 0)
