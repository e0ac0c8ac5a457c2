"""Limits of a pack against the codes that TI's manuals give them: default, least, too little, most, too much."""

from array import array

import pytest

from bms.bench.pack_words import configuration
from bms.emulation.bq76952 import BQ76952 as Chip
from bms.emulation.bq76952_analogue import PERFECT
from bms.emulation.i2c import Bus
from firmware.config import Config
from firmware.drivers.bq76952 import BQ76952
from firmware.drivers.bq76952_profile import ALL_A, ALL_B, Profile, taken

# Name, address, bytes of the field; then default, least, too little, most, too much as asked for; and the codes of
# default, least and most. The shunt has 1 mOhm.
TABLE = [
    ("under_mv", 0x9275, 1, 2500, 962, 961, 4554, 4555, (50, 20, 90)),
    ("under_delay_ms", 0x9276, 2, 250, 10, 9, 6763, 6766, (73, 1, 2047)),
    ("over_mv", 0x9278, 1, 4250, 1012, 1011, 5566, 5617, (83, 20, 110)),
    ("over_delay_ms", 0x9279, 2, 250, 10, 9, 6763, 6766, (73, 1, 2047)),
    ("under_hysteresis_mv", 0x927B, 1, 100, 51, 50, 1012, 1013, (2, 2, 20)),
    ("over_hysteresis_mv", 0x927C, 1, 100, 51, 50, 1012, 1013, (2, 2, 20)),
    ("over_latch", 0x927D, 1, 0, 0, -1, 255, 256, (0, 0, 255)),
    ("charge_ma", 0x9280, 1, 60_000, 4_000, 3_999, 125_999, 126_000, (30, 2, 62)),
    ("charge_delay_ms", 0x9281, 1, 100, 10, 9, 428, 429, (28, 1, 127)),
    ("discharge_ma", 0x9282, 1, 150_000, 4_000, 3_999, 201_999, 202_000, (75, 2, 100)),
    ("discharge_delay_ms", 0x9283, 1, 100, 10, 9, 428, 429, (28, 1, 127)),
    ("peak_ma", 0x9284, 1, 200_000, 4_000, 3_999, 201_999, 202_000, (100, 2, 100)),
    ("peak_delay_ms", 0x9285, 1, 20, 10, 9, 428, 429, (4, 1, 127)),
    ("short_delay_us", 0x9287, 1, 15, 0, -1, 464, 465, (2, 1, 31)),
    ("charge_recovery_ma", 0x9288, 2, -200, -32_767, -32_768, 32_768, 32_769, (0x00C8, 0x7FFF, 0x8000)),
    ("discharge_recovery_ma", 0x928D, 2, -200, -32_768, -32_769, 32_767, 32_768, (0xFF38, 0x8000, 0x7FFF)),
    ("discharge_latch", 0x928F, 1, 2, 0, -1, 255, 256, (2, 0, 255)),
    ("short_recovery_s", 0x9294, 1, 5, 0, -1, 255, 256, (5, 0, 255)),
    ("short_latch", 0x9295, 1, 2, 0, -1, 255, 256, (2, 0, 255)),
    ("otc_mdegc", 0x929A, 1, 55_000, -35_000, -40_001, 120_999, 121_000, (55, 0xDD, 120)),
    ("otc_delay_s", 0x929B, 1, 2, 0, -1, 255, 256, (2, 0, 255)),
    ("otd_mdegc", 0x929D, 1, 60_000, -35_000, -40_001, 120_999, 121_000, (60, 0xDD, 120)),
    ("otd_delay_s", 0x929E, 1, 2, 0, -1, 255, 256, (2, 0, 255)),
    ("otf_mdegc", 0x92A0, 1, 80_000, 5_000, -1, 150_999, 151_000, (80, 5, 150)),
    ("otf_delay_s", 0x92A1, 1, 2, 0, -1, 255, 256, (2, 0, 255)),
    ("otint_mdegc", 0x92A3, 1, 85_000, -35_000, -40_001, 120_999, 121_000, (85, 0xDD, 120)),
    ("otint_delay_s", 0x92A4, 1, 2, 0, -1, 255, 256, (2, 0, 255)),
    ("utc_mdegc", 0x92A6, 1, 0, -40_999, -41_000, 115_000, 120_001, (0, 0xD8, 115)),
    ("utc_delay_s", 0x92A7, 1, 2, 0, -1, 255, 256, (2, 0, 255)),
    ("utd_mdegc", 0x92A9, 1, 0, -40_999, -41_000, 115_000, 120_001, (0, 0xD8, 115)),
    ("utd_delay_s", 0x92AA, 1, 2, 0, -1, 255, 256, (2, 0, 255)),
    ("utint_mdegc", 0x92AC, 1, -20_000, -40_999, -41_000, 115_000, 120_001, (0xEC, 0xD8, 115)),
    ("utint_delay_s", 0x92AD, 1, 2, 0, -1, 255, 256, (2, 0, 255)),
    ("recovery_s", 0x92AF, 1, 3, 0, -1, 255, 256, (3, 0, 255)),
    ("host_watchdog_s", 0x92B2, 2, 2, 0, -1, 65_535, 65_536, (2, 0, 65_535)),
    ("open_wire_s", 0x9314, 1, 3, 0, -1, 255, 256, (3, 0, 255)),
    ("balancing_cold_mdegc", 0x9336, 1, 0, -128_000, -129_000, 127_000, 127_001, (0, 0x80, 127)),
    ("balancing_hot_mdegc", 0x9337, 1, 50_000, -128_000, -128_001, 127_999, 128_000, (50, 0x80, 127)),
    ("balancing_die_mdegc", 0x9338, 1, 70_000, -128_000, -128_001, 127_999, 128_000, (70, 0x80, 127)),
    ("balancing_interval_s", 0x9339, 1, 20, 1, 0, 255, 256, (20, 1, 255)),
    ("balancing_cells", 0x933A, 1, 16, 0, -1, 16, 17, (16, 0, 16)),
]
IDS = [row[0] for row in TABLE]


def held(chip: Chip, address: int, n: int) -> int:
    return int.from_bytes(chip.memory.block(address)[:n], "little")


def told(chip: Chip) -> dict[str, int]:
    """What the chip's data memory makes it do, with a shunt of 1 mOhm."""
    return taken(lambda address, n: chip.memory.block(address)[:n], 1000)


def configured(**limits: int) -> tuple[Chip, BQ76952]:
    chip = Chip(crc=False, errors=PERFECT)
    driver = BQ76952(Bus(chip))
    assert driver.probe()
    assert driver.configure(Profile(**limits))
    return chip, driver


@pytest.mark.parametrize("row", TABLE, ids=IDS)
def test_code_in_the_chip_at_default_least_and_most(row) -> None:
    name, address, n, default, least, _, most, _, codes = row
    for asked, code in zip((default, least, most), codes, strict=True):
        chip, _ = configured(**{name: asked})
        assert held(chip, address, n) == code, asked
    chip, _ = configured()
    assert held(chip, address, n) == codes[0]


@pytest.mark.parametrize("row", TABLE, ids=IDS)
def test_limit_beyond_the_chip_is_refused_by_name(row) -> None:
    name, *_, too_little, _, too_much, _ = row
    for asked in (too_little, too_much):
        with pytest.raises(ValueError, match=name):
            Profile(**{name: asked})


@pytest.mark.parametrize(
    ("code", "level_mv"),
    list(enumerate((10, 20, 40, 60, 80, 100, 125, 150, 175, 200, 250, 300, 350, 400, 450, 500))),
)
def test_short_circuit_is_the_next_level_below(code: int, level_mv: int) -> None:
    chip, _ = configured(short_ma=1000 * level_mv)
    assert held(chip, 0x9286, 1) == code
    assert told(chip)["short_ma"] == 1000 * level_mv
    if code:
        chip, _ = configured(short_ma=1000 * level_mv - 1)
        assert held(chip, 0x9286, 1) == code - 1


def test_short_circuit_below_the_first_level_is_refused_and_above_the_last_one_is_that() -> None:
    with pytest.raises(ValueError, match="short_ma"):
        Profile(short_ma=9_999)
    chip, _ = configured(short_ma=10**6)
    assert (held(chip, 0x9286, 1), told(chip)["short_ma"]) == (15, 500_000)
    assert held(configured()[0], 0x9286, 1) == 10  # 250 A, 250 mV


@pytest.mark.parametrize(
    ("name", "address", "asked", "code", "does"),
    [
        ("over_mv", 0x9278, 4_301, 85, 4_301),
        ("over_mv", 0x9278, 4_300, 84, 4_250),
        ("under_mv", 0x9275, 2_530, 50, 2_530),
        ("under_mv", 0x9275, 2_531, 51, 2_580),
        ("over_delay_ms", 0x9279, 264, 78, 264),
        ("over_delay_ms", 0x9279, 263, 77, 260),
        ("under_delay_ms", 0x9276, 263, 77, 260),
        ("charge_delay_ms", 0x9281, 33, 8, 33),
        ("charge_delay_ms", 0x9281, 32, 7, 29),
        ("discharge_delay_ms", 0x9283, 32, 7, 29),
        ("peak_delay_ms", 0x9285, 32, 7, 29),
        ("short_delay_us", 0x9287, 30, 3, 30),
        ("short_delay_us", 0x9287, 29, 2, 15),
        ("over_hysteresis_mv", 0x927C, 102, 3, 151),
        ("under_hysteresis_mv", 0x927B, 101, 2, 101),
        ("charge_ma", 0x9280, 61_999, 30, 60_000),
        ("discharge_ma", 0x9282, 61_999, 30, 60_000),
        ("peak_ma", 0x9284, 61_999, 30, 60_000),
        ("otc_mdegc", 0x929A, 54_999, 54, 54_000),
        ("otd_mdegc", 0x929D, -1, 0xFF, -1_000),
        ("otf_mdegc", 0x92A0, 79_999, 79, 79_000),
        ("otint_mdegc", 0x92A3, 84_999, 84, 84_000),
        ("utc_mdegc", 0x92A6, 1, 1, 1_000),
        ("utd_mdegc", 0x92A9, -19_001, 0xED, -19_000),
        ("utint_mdegc", 0x92AC, -999, 0, 0),
    ],
)
def test_what_lies_between_two_codes_is_rounded_to_the_safe_side(
    name: str, address: int, asked: int, code: int, does: int
) -> None:
    chip, _ = configured(**{name: asked})
    assert held(chip, address, 2 if name in ("over_delay_ms", "under_delay_ms") else 1) == code
    assert (told(chip)[name], Profile(**{name: asked}).achieved[name]) == (does, does)


@pytest.mark.parametrize(
    ("shunt_uohm", "asked", "codes"),
    [(250, 150_000, (18, 18, 18, 1)), (500, 200_000, (50, 50, 50, 5)), (75_000, 1_600, (60, 60, 60, 5))],
)
def test_currents_are_2_mv_a_code_across_the_shunt_that_the_pack_has(
    shunt_uohm: int, asked: int, codes: tuple[int, ...]
) -> None:
    chip, _ = configured(shunt_uohm=shunt_uohm, charge_ma=asked, discharge_ma=asked, peak_ma=asked, short_ma=asked)
    assert tuple(held(chip, at, 1) for at in (0x9280, 0x9282, 0x9284, 0x9286)) == codes


@pytest.mark.parametrize(
    ("pack", "codes"),
    [
        # 4.34 and 2.6 V; 228.7, 338.8, 369.6 and 462 A across 0.5 mOhm; 63 and -38 degC
        ("quadricycle-fest77", (85, 52, 57, 84, 92, 9, 63, 63, 0xDA, 0xDA)),
        # 3.69 and 1.9 V; 246.3, 287.9, 314.1 and 392.6 A
        ("module-a123-26650-lfp", (72, 38, 61, 71, 78, 8, 63, 63, 0xDA, 0xDA)),
    ],
)
def test_a_packs_own_limits_are_in_its_chip(pack: str, codes: tuple[int, ...]) -> None:
    chip = Chip(crc=False, errors=PERFECT)
    driver = BQ76952(Bus(chip))
    assert driver.probe()
    assert driver.configure(Config(array("i", configuration(pack).tolist())).profiles()[0])
    at = (0x9278, 0x9275, 0x9280, 0x9282, 0x9284, 0x9286, 0x929A, 0x929D, 0x92A6, 0x92A9)
    assert tuple(held(chip, address, 1) for address in at) == codes


def test_recovery_of_temperatures_is_5_k_inside() -> None:
    chip, _ = configured(utint_mdegc=-20_500)
    addresses = (0x929C, 0x929F, 0x92A2, 0x92A5, 0x92A8, 0x92AB, 0x92AE)
    assert [held(chip, at, 1) for at in addresses] == [50, 55, 75, 80, 5, 5, 0xF1]


def test_masks_of_protections_and_of_the_fets_they_open() -> None:
    chip, _ = configured(enabled_a=ALL_A, enabled_b=ALL_B, over_latch=3)
    assert [held(chip, at, 1) for at in (0x9261, 0x9262, 0x9263)] == [0xFC, 0xF7, 0x72]
    assert [held(chip, at, 1) for at in (0x9265, 0x9266, 0x9267)] == [0x98, 0xD5, 0x56]
    assert [held(chip, at, 1) for at in (0x9269, 0x926A, 0x926B)] == [0xE4, 0xE6, 0xE2]
    chip, _ = configured(host_watchdog_s=0, short_latch=0, discharge_latch=0)
    assert held(chip, 0x9263, 1) == 0


def test_what_a_profile_says_of_the_limits_is_what_the_chip_has_and_a_chip_that_has_others_is_not_configured(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    profile = Profile(over_mv=4_250, under_mv=2_500, over_delay_ms=250, charge_ma=61_000, utc_mdegc=-1_500)
    chip, driver = configured(over_mv=4_250, under_mv=2_500, over_delay_ms=250, charge_ma=61_000, utc_mdegc=-1_500)
    does = told(chip)
    assert does == profile.achieved
    assert (does["over_mv"], does["under_mv"], does["over_delay_ms"]) == (4_199, 2_530, 247)
    assert (does["charge_ma"], does["short_delay_us"], does["utc_mdegc"]) == (60_000, 15, -1_000)
    monkeypatch.setattr(chip.memory, "block", lambda address: bytes(32))
    assert not driver.configure(profile)
    assert driver.settings_lost


def test_unknown_limit_is_refused() -> None:
    with pytest.raises(ValueError, match="over_volts"):
        Profile(over_volts=4)
