"""What a driver would miss: every cell followed, and a pack that opens when nobody can see it."""

import numpy as np

from hil_tests.bench import Bench, cells, monitor

STALE_S = 1.0  # cells unseen for so long open the contactor (firmware/controller.py)
TICK_S = 0.1


def test_blind_start_under_load_finds_every_cell(controller: Bench) -> None:
    controller.drive(seconds=120, first=170)
    assert len(controller.history.time) >= 115
    assert controller.worst_error < 0.03
    assert controller.mirror.mismatches == 0


def test_range_falls_with_the_distance_and_does_not_jump(controller: Bench) -> None:
    """Town traffic takes a third less than the range begins with, which it learns by 10 % a minute at most."""
    controller.drive(seconds=600)
    p10, p50, p90 = np.array(controller.history.range_km).T
    assert ((p10 > 15) & (p10 < p50) & (p50 < p90) & (p90 < 100)).all()
    driven = np.array(controller.history.distance_km)
    assert driven[-1] - driven[0] > 6
    moved = np.diff(p50 + driven)[np.flatnonzero(driven > 0.2)[0] :]
    assert 0 < moved.sum() < 0.3 * p50[0]
    assert np.abs(moved).max() < 0.1 / 60 * p50.max() + 0.03  # km in a second; the odometer's reading is a tick old


def test_contactor_opens_when_the_monitor_falls_silent(controller: Bench) -> None:
    controller.fault = lambda time, reply: "" if time > 20 else reply
    controller.drive(seconds=40)
    opened = [time for time, closed in controller.switched if time > 1 and not closed]
    assert opened and opened[0] - 20 <= STALE_S + 2 * TICK_S


def test_a_flipped_bit_on_the_bus_costs_nothing(controller: Bench) -> None:
    clean = Bench(controller.target, cells(), monitor())
    clean.drive(seconds=30)
    flipped = []

    def flip(time: float, reply: str) -> str:
        if len(flipped) < 20 and time > 10 and len(reply) > 200:
            flipped.append(time)
            return f"{int(reply[:2], 16) ^ 4:02x}{reply[2:]}" if len(flipped) % 2 else reply
        return reply

    controller.fault = flip
    controller.drive(seconds=30)
    assert len(flipped) == 20
    assert controller.mirror.ticks == clean.mirror.ticks
    assert controller.worst_error < clean.worst_error + 0.001


def test_contactor_stays_open_over_a_monitor_that_never_answers(controller: Bench) -> None:
    controller.fault = lambda time, reply: ""
    controller.drive(seconds=10)
    assert not any(closed for _, closed in controller.switched)
    assert controller.mirror.ticks == 0
