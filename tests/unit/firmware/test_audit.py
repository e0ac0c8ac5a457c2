"""A configuration whose checksum is right and whose words are not: refused in one sentence, or harmless."""

from array import array
from collections.abc import Iterator

import numpy as np
import pytest

from bms import demo
from bms.bench import ranges
from bms.bench.targets import TARGETS, hex_of
from firmware import diagnoses as d
from firmware import readings as of
from firmware import start
from firmware.config import HEAD, LENGTH, Config, checksum
from firmware.kernels import power, reach, soc
from tests.parity.checked import Words
from tests.parity.test_ranges import STEP

POWER = HEAD + d.WORDS
REACH = POWER + power.PARAMETERS
SOC = REACH + reach.PARAMETERS
PACKS = ("quadricycle-fest77", "module-a123-26650-lfp")


@pytest.fixture(scope="module", params=PACKS)
def made(request: pytest.FixtureRequest) -> array:
    return array("i", demo.configuration(request.param).tolist())


def sealed(words: array) -> array:
    """With the checksum that belongs to them, as anybody can make it."""
    words[-1] = checksum(words[:-1])
    return words


def changed(made: array, place: int, value: int) -> array:
    other = made[:]
    other[place] = min(max(value, -(1 << 31)), (1 << 31) - 1)
    return sealed(other)


def refused(made: array, place: int, value: int) -> None:
    with pytest.raises(ValueError, match=r"^configuration of|in the steps of the BQ76952") as error:
        Config(changed(made, place, value))
    assert len(str(error.value)) < 120 and "\n" not in str(error.value)


def documented() -> Iterator[tuple[int, int, int]]:
    """Place, least and most of every word that the kernels' documentation bounds."""
    for first, limits, end in (
        (SOC, ranges.SOC_PAR, soc.PARAMETERS),
        (REACH, ranges.REACH_PAR, reach.PARAMETERS),
        (POWER, ranges.POWER_LIM, power.PARAMETERS),
    ):
        places = [*limits, end]
        for k, (low, high) in enumerate(limits.values()):
            for word in {places[k], places[k + 1] - 1, (places[k] + places[k + 1]) // 2}:
                yield first + word, low, high


def test_what_the_kernels_document_is_what_is_taken(made: array) -> None:
    """One beyond either end of each range is refused, in the first, a middle and the last word of each table."""
    for place, low, high in documented():
        refused(made, place, low - 1)
        refused(made, place, high + 1)


@pytest.mark.parametrize("column", range(d.COLUMNS))
def test_no_column_of_a_diagnosis_leaves_its_range(made: array, column: int) -> None:
    for value in (1 << 30, -(1 << 30), -2 if column != d.WARN else 1 << 30):
        refused(made, HEAD + d.COLUMNS * d.INTERLOCK + column, value)


def column_of(number: int, column: int) -> int:
    return HEAD + d.COLUMNS * number + column


@pytest.mark.parametrize(
    ("number", "column", "value"),
    [
        (d.OVER_VOLTAGE, d.READING, of.ALWAYS),
        (d.OVER_VOLTAGE, d.READING, of.READINGS),
        (d.OVER_VOLTAGE, d.GATE, of.SATURATED),
        (d.OVER_VOLTAGE, d.SIGN, -1),
        (d.OVER_VOLTAGE, d.SIGN, 0),
        (d.OVER_VOLTAGE, d.TRIP, 6_000_000),
        (d.OVER_VOLTAGE, d.DELAY_MS, 1_000_000),
        (d.OVER_VOLTAGE, d.REACTION, 0),
        (d.OVER_VOLTAGE, d.HYSTERESIS, 1_000_000_000),
        (d.OVER_VOLTAGE, d.RECOVERY_MS, 1_000),
        (d.UNDER_VOLTAGE, d.TRIP, 0),
        (d.UNDER_VOLTAGE, d.REACTION, d.NO_CHARGE),
        (d.DEEP_DISCHARGE, d.REACTION, d.NO_CLOSE),
        (d.OVER_CURRENT_DISCHARGE_FAST, d.TRIP, 9_000_000),
        (d.OVER_CURRENT_CHARGE, d.READING, of.DISCHARGE_MA),
        (d.OVER_TEMPERATURE, d.TRIP, 120_000),
        (d.UNDER_TEMPERATURE, d.TRIP, -60_000),
        (d.DEEP_DISCHARGE, d.TRIP, -1),
        (d.STALE_CELLS, d.DELAY_MS, 5_000),
        (d.STALE_CELLS, d.TRIP, 1_001),
        (d.STALE_TEMPERATURES, d.TRIP, 5_001),
        (d.NOT_MEASURING, d.TRIP, 5_001),
        (d.UNUSABLE, d.GATE, of.SATURATED),
        (d.IMPOSSIBLE_VALUE, d.TRIP, 2),
        (d.OPEN_WIRE, d.READING, of.OPEN),
        (d.CHIP_FAULT, d.TRIP, 3),
        (d.CHIP_LOST, d.REACTION, d.NO_CLOSE),
        (d.CURRENT_SATURATED, d.DELAY_MS, 1_001),
        (d.WELDED, d.REACTION, 0),
        (d.INTERLOCK, d.TRIP, 3),
        (d.INTERLOCK, d.DELAY_MS, 524_338),
        (d.CONFIGURATION_DAMAGED, d.TRIP, 2),
        (d.HOST_SILENT, d.TRIP, 5_001),
        (d.WELDED, d.REACTION, 64),
    ],
)
def test_a_diagnosis_that_protects_nothing_is_refused(made: array, number: int, column: int, value: int) -> None:
    refused(made, column_of(number, column), value)


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (4, 0), (5, 0), (5, 49), (5, 75_001), (6, 6_501), (7, -1), (8, 0), (9, 0), (12, -41_000), (13, 200_000),
        (14, 90_000), (15, -60_000), (16, 10_001), (17, -1), (18, 0), (18, 61), (19, 2), (19, -1),
        (SOC + soc.RATED_MC, 100_000_000), (SOC + soc.C_PER_MA_Q35, 500_000), (SOC + soc.A1_Q28, 5),
        (SOC + soc.H_MIN_UV, 2_000_000), (SOC + soc.OCV_UV + 40, 100), (SOC + soc.ASINH_Q16 + 60, 0),
        (REACH + reach.W_PRIOR_M, 100_000), (REACH + reach.OCV_UV + 40, 0), (REACH + reach.E_UV + 40, 0),
        (POWER + power.V_MIN_UV, 6_500_000), (POWER + power.V_MIN_UV, 600_000), (POWER + power.V_MAX_UV, 6_347_152),
        (SOC + soc.V_FULL_UV, 35_696), (SOC + soc.V_FULL_UV, 6_327_152), (6, 5_364), (7, 1_024), (11, 8_850_608),
    ],
)  # fmt: skip
def test_words_that_contradict_each_other_are_refused(made: array, place: int, value: int) -> None:
    refused(made, place, value)


def mutants(made: array, seed: int) -> Iterator[array]:
    """Random words, flipped bits, neighbours, words of other places and blocks of noise, all of them sealed."""
    rng = np.random.default_rng(seed)
    corners = (0, 1, -1, 1 << 30, (1 << 31) - 1, -(1 << 31))
    while True:
        words = made[:]
        for _ in range(int(rng.integers(1, 4))):
            section = ((1, HEAD), (HEAD, POWER), (POWER, REACH), (REACH, SOC), (SOC, LENGTH - 1))[int(rng.integers(5))]
            at, kind = int(rng.integers(*section)), int(rng.integers(6))
            if kind == 0:
                words[at] = int(rng.integers(-(1 << 31), 1 << 31))
            elif kind == 1:
                words[at] = int(np.int32(words[at]) ^ np.int32(1 << int(rng.integers(31))))
            elif kind == 2:
                words[at] = int(np.clip(words[at] + int(rng.integers(-3, 4)), -(1 << 31), (1 << 31) - 1))
            elif kind == 3:
                words[at] = words[int(rng.integers(LENGTH))]
            elif kind == 4:
                words[at] = corners[int(rng.integers(len(corners)))]
            else:
                words[at] = int(np.clip(words[at] * rng.uniform(0.5, 2), -(1 << 31), (1 << 31) - 1))
        yield sealed(words)


def run_kernels(config: Config, rng: np.random.Generator) -> None:
    """Two windows of a blind cell, its limits and its range, in integers that raise where 32 bits end."""
    par = Words(list(config.soc_par))
    (i_most, _), *_ = ranges.soc_sample(np.array(config.soc_par, np.int32))
    v_uv, t_mdegc = int(rng.integers(1, 6_500_000)), int(rng.integers(-40_000, 85_001))
    i_ma = int(rng.integers(i_most, -i_most + 1))
    s = Words(list(start.blind(config.soc_par, config.capacity_mc, i_ma, v_uv, t_mdegc, start.PAUSED)))
    for _ in range(2):
        STEP["soc"](s, par, i_ma, int(rng.integers(1, 6_500_000)), t_mdegc, 1_000)
    both = Words([*config.power, *config.soc_par])
    STEP["power"](Words([*[0] * power.STATE, *s]), both, t_mdegc)
    r = Words(list(start.road(config.reach_par)))
    STEP["reach"](r, Words(list(config.reach_par)), 8_192, v_uv // 1000, 1_000, 300_000, s[soc.SOC_Q21], 500, t_mdegc)


def attack(made: array, count: int, most_runs: int) -> tuple[int, int]:
    """How many of so many are taken, and in how many of these every kernel was run."""
    rng, taken, runs = np.random.default_rng(7), 0, 0
    for words, _ in zip(mutants(made, seed=3), range(count), strict=False):
        try:
            config = Config(words)
        except ValueError:
            continue
        taken += 1
        if runs < most_runs:
            run_kernels(config, rng)
            runs += 1
    return taken, runs


def test_mutated_configurations_are_refused_or_harmless(made: array) -> None:
    taken, runs = attack(made, 1_000, 40)
    assert 50 < taken < 800 and runs == 40


@pytest.mark.slow
def test_a_hundred_thousand_mutated_configurations_are_refused_or_harmless() -> None:
    words = array("i", demo.configuration(PACKS[0]).tolist())
    taken, runs = attack(words, 100_000, 2_000)
    assert 5_000 < taken < 80_000 and runs == 2_000


def test_a_hundred_thousand_files_of_random_torn_and_flipped_bytes_are_refused(made: array) -> None:
    """As they come from a flash: nobody seals them."""
    sound, rng = made.tobytes(), np.random.default_rng(9)
    for _ in range(100_000):
        kind = int(rng.integers(4))
        if kind == 0:
            data = rng.bytes(int(rng.choice([int(rng.integers(64)), 4 * LENGTH])))
        elif kind == 1:
            data = sound[: int(rng.integers(len(sound)))]
        elif kind == 2:
            data = sound + rng.bytes(int(rng.integers(1, 9)))
        else:
            flipped = bytearray(sound)
            flipped[int(rng.integers(len(sound)))] ^= int(rng.integers(1, 256))
            data = bytes(flipped)
        with pytest.raises(ValueError):
            Config(array("i", data))


@pytest.mark.parametrize("target", ["webassembly", "arm32"])
def test_a_board_judges_as_the_desktop_does_and_keeps_no_memory_of_it(target: str) -> None:
    if reason := TARGETS[target].missing():
        pytest.skip(reason)
    words = array("i", demo.configuration(PACKS[0]).tolist())
    sent = [made for made, _ in zip(mutants(words, seed=5), range(25), strict=False)]
    told: list[str] = []
    waiting = iter([*sent, *sent])

    def answer(message: str) -> str:
        if message == "c":
            found = next(waiting, None)
            return "" if found is None else hex_of(np.array(found, np.int32))
        told.append(message)
        return ""

    TARGETS[target].run("audited", answer)
    verdicts, heap = told[1:-1], int(told[-1].split()[1])

    def here(found: array) -> str:
        try:
            return f"taken {Config(found).cells}"
        except ValueError as error:
            return f"refused {error}"

    assert verdicts == [here(found) for found in [*sent, *sent]]
    if target == "arm32":  # on node nothing is collected while a program runs
        assert heap <= 64
