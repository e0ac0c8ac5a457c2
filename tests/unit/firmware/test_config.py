"""A controller's configuration is taken as it was made, or refused."""

from array import array
from dataclasses import replace

import pytest

from bms.cells import library
from bms.errors import InputError
from bms.estimation.words import PackDesign, words
from firmware import diagnoses
from firmware.config import HEAD, KEY, LENGTH, VERSION, Config, checksum

CELLS, CHIPS, CAPACITY_MC, CURRENT_MAX_MA = 1, 2, 3, 4  # places in the words


@pytest.fixture(scope="module")
def made() -> array:
    return array("i", words(PackDesign(library.load("factorial-fest77"), 16, 1, 15.0)).tolist())


def changed(made: array, place: int, value: int) -> array:
    """The words with another value, their checksum right."""
    other = made[:-1]
    other[place] = value
    other.append(checksum(other))
    return other


def test_words_from_the_desktop_are_taken(made: array) -> None:
    config = Config(made)
    assert len(made) == LENGTH
    assert (config.cells, config.capacity_mc, config.shunt_uohm) == (16, 77 * 3_600_000, 500)
    assert (config.over_mv, config.under_mv) == (4_340, 2_600)
    sections = [*config.guard, *config.power, *config.reach_par, *config.soc_par]
    assert sections == list(made[HEAD : -1 - KEY])
    assert config.key == bytes(32)


@pytest.mark.parametrize(("cell", "volts"), [("quantumscape-qse5", "0.2 V"), ("toyota-sulfide", "0.124 V")])
def test_a_shunt_that_the_monitor_cannot_judge_is_refused_with_one_that_it_can(cell: str, volts: str) -> None:
    design = PackDesign(library.load(cell), 16, 14 if cell == "quantumscape-qse5" else 1, 15.0, shunt_uohm=500)
    with pytest.raises(InputError, match=f"shunt_uohm is 500: .* more than the {volts}") as refused:
        words(design)
    allowed = int(str(refused.value).split("choose ")[1].split(" or less")[0])
    assert len(words(replace(design, shunt_uohm=allowed))) == LENGTH


@pytest.mark.parametrize(
    ("cell", "shunt_uohm"), [("nio-welion-semisolid", 500), ("factorial-fest77", 500), ("quantumscape-qse5", 2500)]
)
def test_the_register_of_the_current_ends_beyond_what_is_judged(cell: str, shunt_uohm: int) -> None:
    """321 A of the semi-solid cell fit a register of 327.67 A; the 337 A at which they trip do not."""
    config = Config(array("i", words(PackDesign(library.load(cell), 96, 1, 15.0, shunt_uohm)).tolist()))
    ends_ma = 32_767 * (0.1, 1, 10, 100)[config.profiles()[0].user_amps]
    trips = range(diagnoses.OVER_CURRENT_DISCHARGE, diagnoses.OVER_CURRENT_CHARGE_FAST + 1)
    assert max(config.guard[k * diagnoses.COLUMNS + diagnoses.TRIP] for k in trips) <= ends_ma


def test_a_current_that_is_judged_beyond_its_register_is_refused(made: array) -> None:
    judged_ma = 323_400
    assert made[CURRENT_MAX_MA] == judged_ma
    with pytest.raises(ValueError, match="beyond the current's register"):
        Config(changed(made, CURRENT_MAX_MA, judged_ma - 1))


def test_the_heat_of_a_cell_is_told_and_one_that_would_hide_a_runaway_is_refused(made: array) -> None:
    assert Config(made).heat_dj_k == 7_515
    for wrong in (0, -7_515, 769, 770_001):
        with pytest.raises(ValueError, match="heat capacity"):
            Config(changed(made, HEAD - 1, wrong))


def test_a_monitor_may_be_as_cold_as_its_pack(made: array) -> None:
    told = Config(made).profiles()[0].achieved
    assert told["utint_mdegc"] == told["utd_mdegc"] == -38_000


def test_words_that_travelled_as_a_file_are_taken(made: array) -> None:
    assert Config(array("i", made.tobytes())).cells == 16


def test_one_flipped_bit_anywhere_is_refused(made: array) -> None:
    for place in range(LENGTH):
        for bit in range(32):
            one = 1 << bit if bit < 31 else -(1 << 31)
            made[place] ^= one
            with pytest.raises(ValueError, match="version" if place == 0 else "damaged"):
                Config(made)
            made[place] ^= one
    Config(made)


@pytest.mark.parametrize("length", [0, 1, LENGTH - 1, LENGTH + 1])
def test_another_length_is_refused(made: array, length: int) -> None:
    other = (made + made)[:length]
    if length > 1:
        other = changed(other, 1, 16)
    with pytest.raises(ValueError, match="words"):
        Config(other)


@pytest.mark.parametrize("version", [VERSION - 1, VERSION + 1, -1])
def test_another_version_is_refused(made: array, version: int) -> None:
    with pytest.raises(ValueError, match="version"):
        Config(changed(made, 0, version))


@pytest.mark.parametrize(
    ("place", "value"), [(CELLS, 0), (CELLS, 129), (CELLS, -1), (CAPACITY_MC, 1_599_999), (CAPACITY_MC, 1_800_000_001)]
)
def test_a_pack_that_the_kernels_cannot_follow_is_refused(made: array, place: int, value: int) -> None:
    with pytest.raises(ValueError, match="cells of"):
        Config(changed(made, place, value))


@pytest.mark.parametrize(("cells", "chips"), [(17, 1), (17, 2), (48, 2), (16, 0), (16, 9), (16, 3)])
def test_cells_that_the_chips_cannot_share_are_refused(made: array, cells: int, chips: int) -> None:
    with pytest.raises(ValueError, match="chips over"):
        Config(changed(changed(made, CELLS, cells), CHIPS, chips))


def test_limits_that_contradict_each_other_are_refused(made: array) -> None:
    with pytest.raises(ValueError, match="contradict"):
        Config(changed(made, 6, made[7]))  # over-voltage at the under-voltage
    with pytest.raises(ValueError, match="contradict"):
        Config(changed(made, 10, made[9] - 1))  # the peak below the lasting current
    with pytest.raises(ValueError, match="pre-charge"):
        Config(changed(made, 17, made[16] + 1))


def test_a_bit_that_flips_in_memory_is_seen(made: array) -> None:
    config = Config(made)
    assert config.intact()
    made[1000] ^= 1
    assert not config.intact()
    made[1000] ^= 1


@pytest.mark.parametrize("cells", [1, 16])
def test_the_ends_of_the_cells_of_a_chip_are_taken(made: array, cells: int) -> None:
    Config(changed(made, CELLS, cells))
