"""A restart: the state that was stored is believed as far as its age and the first voltage allow, and no further."""

from array import array
from functools import cache

import numpy as np
import pytest

from bms.cells import library
from bms.emulation.pack import Deviation, Pack
from firmware import records, restore
from firmware.kernels import soc
from tests.unit.firmware.restart_bench import INTERVAL, SERIES, T_MDEGC, Drive, Restarted

CELLS = ["factorial-fest77", "panasonic-ncr18650pf", "a123-26650-lfp"]
PAUSES = {"1 s": 1.0, "10 min": 600.0, "3 days": 259_200.0}
TEN_SECONDS = 10 * 2 / 3600  # of the drive's highest current, 2C
CUTS = 12


@cache
def restarts(name: str, pause: str, clock: bool) -> list[Restarted]:
    made = []
    for seed in range(CUTS):
        drive = Drive(name, seed)
        drive.drive(float(np.random.default_rng(seed).uniform(300, 1500)))
        made.append(drive.restart(PAUSES[pause], clock=clock))
    return made


def told(made: list[Restarted], name: str) -> np.ndarray:
    return np.concatenate([getattr(one, name) for one in made])


@pytest.mark.parametrize("name", CELLS)
@pytest.mark.parametrize("pause", PAUSES)
@pytest.mark.parametrize("clock", [True, False], ids=["clock", "no clock"])
def test_a_cut_at_any_moment_of_a_drive_costs_no_more_than_ten_seconds_of_charge(name, pause, clock):
    made = restarts(name, pause, clock)
    lost = abs(told(made, "error") - told(made, "before"))
    assert lost.max() <= TEN_SECONDS
    assert not sum(one.doubted for one in made)


@pytest.mark.parametrize("name", CELLS)
@pytest.mark.parametrize("pause", PAUSES)
@pytest.mark.parametrize("clock", [True, False], ids=["clock", "no clock"])
@pytest.mark.parametrize("when", ["", "later_"], ids=["at once", "two minutes later"])
def test_after_a_restart_the_interval_holds_the_truth(name, pause, clock, when):
    made = restarts(name, pause, clock)
    held = abs(told(made, when + "error")) <= INTERVAL * told(made, when + "sd")
    assert held.mean() >= 0.90


@pytest.mark.parametrize("name", CELLS)
def test_an_older_state_is_believed_less_and_one_of_unknown_age_as_one_of_a_season(name):
    drive = Drive(name, 1)
    drive.save(0, 0)
    words = array("i", [0] * drive.kind.words)
    assert drive.store.load(words)
    day = 86_400
    wide = [restore.widened(drive.par, words, 0, age) for age in (0, day, 10 * day, 90 * day)]
    assert [w[1] for w in wide] == sorted({w[1] for w in wide})
    assert [w[0] for w in wide] == sorted({w[0] for w in wide}, reverse=True)
    of_none = restore.widened(drive.par, words, 0, None)
    assert of_none[1] > wide[-1][1]
    assert (of_none[1] / 2**32) ** 0.5 == pytest.approx(0.0765, abs=0.003)  # 2.5 % a month, 90 days, and 2 % before


@pytest.mark.parametrize(
    ("then_s", "now_s", "age"),
    [
        (1000, 1060, 60),
        (1000, 1000, 0),
        (1000, 999, None),
        (0, 1000, None),
        (1000, 0, None),
        (1, 2_000_000_000, None),
    ],
    ids=["a minute", "at once", "the clock went back", "none then", "none now", "63 years"],
)
def test_an_age_is_told_only_by_a_clock_that_can_be_right(then_s, now_s, age):
    words = array("i", [0] * 16)
    words[records.CLOCK_S] = then_s
    assert restore.age_s(words, now_s) == age


@pytest.mark.parametrize("name", ["factorial-fest77", "panasonic-ncr18650pf"])
@pytest.mark.parametrize("clock", [True, False], ids=["clock", "no clock"])
def test_a_state_that_the_voltage_contradicts_is_not_believed(name, clock):
    drive = Drive(name, 3)
    for s in drive.states:
        s[soc.SOC_Q21] = round(0.9 * 2**21)
    drive.save(0, 0)
    drive.pack.soc = np.full(SERIES, 0.3)  # somebody has driven with another controller
    made = drive.restart(600.0, clock=clock)
    assert made.doubted == SERIES
    assert made.sd == pytest.approx(np.full(SERIES, 0.3), abs=0.001)
    assert (abs(made.later_error) <= INTERVAL * made.later_sd).all()
    assert abs(made.later_error).max() < 0.1


@pytest.mark.parametrize(
    ("name", "change", "cells", "clock", "when"),
    [
        ("factorial-fest77", -0.10, SERIES, True, "later_"),
        ("factorial-fest77", -0.30, SERIES, False, ""),
        ("panasonic-ncr18650pf", 0.15, SERIES // 2, True, "later_"),
        ("panasonic-ncr18650pf", -0.30, SERIES, False, ""),
    ],
    ids=["a tenth drawn", "a third drawn, no clock", "half of the cells swapped", "a third drawn, no clock, NCA"],
)
def test_a_state_that_the_voltage_half_contradicts_is_half_believed(name, change, cells, clock, when):
    """Too little for four deviations, too much for the interval that was stored."""
    made = []
    for seed in range(CUTS):
        drive = Drive(name, seed)
        drive.drive(300)
        moved = drive.pack.soc
        moved[:cells] += change
        drive.pack.soc = np.clip(moved, 0.02, 0.98)
        made.append(drive.restart(3600.0, clock=clock, settled_s=60.0))
    held = abs(told(made, when + "error")) <= INTERVAL * told(made, when + "sd")
    assert held.mean() >= 0.90


@pytest.mark.parametrize("days", [100, 365, 3600])
@pytest.mark.parametrize("name", CELLS)
def test_a_clock_that_leaps_forward_ruins_no_interval(name, days):
    """A charge that seems lost is not; a state that seems so old is not weighed, and what was learned stays."""
    made, learned = [], []
    for seed in range(CUTS):
        drive = Drive(name, seed)
        drive.drive(float(np.random.default_rng(seed).uniform(300, 900)))
        growth = [s[soc.G_Q24] for s in drive.states]
        made.append(drive.restart(600.0, clock=True, settled_s=60.0, jump_s=86_400 * days))
        learned.append(max(abs(s[soc.G_Q24] - g) for s, g in zip(drive.states, growth, strict=True)))
    for when in ("", "later_"):
        held = abs(told(made, when + "error")) <= INTERVAL * told(made, when + "sd")
        assert held.mean() >= 0.90
    assert max(learned) < 0.05 * 2**24


@pytest.mark.parametrize("name", CELLS)
def test_a_voltage_that_errs_is_not_believed_the_more_the_oftener_the_controller_restarts(name):
    """20 restarts in ten minutes at rest, the OCV off by 8 mV: counted anew each time it would hold 54 % of LFP."""
    held = []
    for seed in range(6):
        drive = Drive(name, seed)
        deviation = Deviation(ocv_offset=0.008 if seed % 2 else -0.008)
        drive.pack = Pack(library.load(name), SERIES, seed=seed, soc=float(drive.pack.soc.mean()), deviation=deviation)
        drive.drive(300)
        drive.pack.advance(0.0, 10.0, steps=360)
        for _ in range(20):
            drive.rest(30)
            drive.save(0, 0)
            assert drive.begin(5, *drive.sample(0.0, drive.pack.voltages)) == 0
        held.append(abs(drive.errors()) <= INTERVAL * drive.deviations())
    assert np.mean(held) >= 0.90


@pytest.mark.parametrize("scale", [0.3, 1.0, 2.0])
@pytest.mark.parametrize("name", CELLS)
def test_the_interval_at_once_is_that_of_the_filter_a_second_later(name, scale):
    """Also where the voltage has shown that the cell's model errs by twice, or by a third, of what it should."""
    drive = Drive(name, 4)
    drive.drive(300)
    for s in drive.states:
        s[soc.SCALE_Q24] = round(scale * 2**24)
    words = array("i", [0] * drive.learned_kind.words)
    records.take_learned(words, drive.par, drive.states)
    assert drive.learned.save(words)
    made = drive.restart(3600.0, clock=True, settled_s=1.0)
    assert made.sd == pytest.approx(made.later_sd, rel=0.05)


def test_what_was_learned_comes_back_and_what_is_new_is_no_anchor():
    drive = Drive("factorial-fest77", 2)
    drive.drive(600)
    for s in drive.states:
        s[soc.G_Q24], s[soc.PAIRS], s[soc.SCALE_Q24] = 3_000_000, 7, 20_000_000
    words, learned = array("i", [0] * drive.kind.words), array("i", [0] * drive.learned_kind.words)
    records.take_learned(learned, drive.par, drive.states)
    assert drive.store.load(words)
    volts = int(1e6 * drive.pack.voltages[0])
    s = restore.begun(drive.par, words, learned, 0, 5, (0, volts, T_MDEGC))
    assert s is not None
    for word in (soc.G_Q24, soc.PAIRS, soc.SCALE_Q24, soc.CAP_MC, soc.C_Q26, soc.SHARE_Q24, soc.C_Q7 + 2):
        assert s[word] == drive.states[0][word]
    assert s[soc.REASON] == 0
