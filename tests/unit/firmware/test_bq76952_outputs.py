"""What the driver tells the BQ76952 to do, and what it hears of it: FETs, balancing, watchdog, coulomb counter."""

import pytest

from firmware.drivers.bq76952 import BALANCING, BQ76952, CELLS, CHARGE, REST_SAMPLES
from tests.unit.firmware.bq76952_bench import Bench

CHG, DSG = 0x01, 0x04


@pytest.fixture(params=[True, False], ids=["crc", "plain"])
def bench(request: pytest.FixtureRequest) -> Bench:
    made = Bench(request.param)
    assert made.driver.switch_fets(True)
    made.tick(12)
    return made


@pytest.mark.parametrize(
    ("charge", "discharge", "fets", "control"),
    [(True, True, CHG | DSG, 0x00), (True, False, CHG, 0x03), (False, True, DSG, 0x0C), (False, False, 0, 0x0F)],
)
def test_fets_of_a_forbidden_direction_are_held_off(
    bench: Bench, charge: bool, discharge: bool, fets: int, control: int
) -> None:
    assert bench.driver.permit(charge, discharge)
    bench.tick(12)
    assert bench.driver.fets == fets
    assert (bench.chip.charge_on, bench.chip.discharge_on) == (charge, discharge)
    assert bench.chip._fets.forced_off == control


def test_a_fet_enable_that_was_taken_but_not_acknowledged_is_not_believed(bench: Bench) -> None:
    """It toggles: sent again it has undone itself, and the chip would hold its FETs off for good."""
    bench.chip.reset()
    bench.tick(2)
    assert bench.driver.configure(bench.profile)
    act, refused = bench.chip._fets.command, [True]

    def taken_twice(command: int) -> None:
        act(command)
        if command == 0x0022 and refused.pop():
            act(command)
            refused.append(False)

    bench.chip._fets.command = taken_twice
    assert not bench.driver.switch_fets(True)
    assert bench.driver.switch_fets(True)
    bench.tick(12)
    assert bench.driver.fets == CHG | DSG


def test_permission_the_chip_has_forgotten_is_given_again(bench: Bench) -> None:
    bench.driver.permit(True, False)
    bench.tick(12)
    bench.chip._fets.control(0)  # as if the command had been lost
    bench.tick(22)
    assert bench.driver.fets == CHG


def test_prohibition_survives_a_reset_of_the_chip(bench: Bench) -> None:
    bench.driver.permit(False, True)
    bench.chip.reset()
    bench.tick(2)
    assert bench.driver.settings_lost
    assert bench.driver.configure(bench.profile)
    assert bench.chip._fets.forced_off == 0x0C


def test_prohibition_spoken_into_a_dead_bus_arrives_when_it_lives_again(bench: Bench) -> None:
    bench.chip.faults.nack_share = 1.0
    bench.tick()
    assert not bench.driver.permit(False, False)
    bench.chip.faults.nack_share = 0.0
    bench.tick(4)
    assert not bench.chip.charge_on and not bench.chip.discharge_on


def test_balancing_is_told_again_before_the_chip_ends_it_and_read_back(bench: Bench) -> None:
    assert bench.driver.balance(0x8005)
    for _ in range(60):
        bench.tick(10)
        assert bench.chip.balancing == 0x8005
    assert bench.driver.balancing[0] == 0x8005
    assert bench.driver.valid[BALANCING] and bench.driver.age_ms(BALANCING, bench.now_ms) <= 1000
    assert bench.driver.balance(0)
    assert bench.chip.balancing == 0
    bench.tick(10)
    assert bench.driver.balancing[0] == 0


def test_balancing_that_the_chip_refuses_shows(bench: Bench) -> None:
    bench.driver.balance(0x0001)
    bench.feed(temperature=268.15)  # the profile balances from 0 degC on
    bench.tick(20)
    assert bench.driver.balancing[0] == 0


def test_host_that_is_silent_for_longer_than_the_watchdog_opens_the_fets(bench: Bench) -> None:
    assert bench.chip.charge_on and bench.chip.discharge_on
    bench.now_ms += 1900
    bench.chip.advance(bench.now_ms / 1000)
    assert bench.chip.charge_on and bench.chip.discharge_on
    bench.now_ms += 300
    bench.chip.advance(bench.now_ms / 1000)
    assert not bench.chip.charge_on and not bench.chip.discharge_on
    bench.tick(5)
    assert bench.driver.silences == 1
    assert bench.driver.safety_status == 0  # that we were silent is no fault of the pack
    assert bench.chip.charge_on and bench.chip.discharge_on


def test_latched_short_circuit_is_released_by_the_host_only(bench: Bench) -> None:
    for _ in range(2):
        bench.feed(current=300.0)  # 300 mV for 1 ms; the limit is 250 mV, over-current waits for 20 ms
        bench.chip.advance(bench.chip.time_s + 1e-3)
        bench.feed()
        bench.tick(60)
    assert bench.driver.safety_status & 0x40 << 16
    assert not bench.chip.discharge_on
    assert bench.driver.forgive()
    bench.tick(5)
    assert bench.driver.safety_status == 0
    assert bench.chip.discharge_on


def test_overcurrent_is_over_in_the_chip_3_s_after_the_current() -> None:
    bench = Bench()
    bench.feed(current=160.0)
    bench.tick(2)
    assert bench.driver.safety_status == 0x20
    bench.feed(current=0.1)
    bench.tick(29)
    assert bench.driver.safety_status == 0x20
    bench.tick(3)
    assert bench.driver.safety_status == 0


@pytest.mark.parametrize("current_max_ma", [20_000, 200_000])
@pytest.mark.parametrize("current", [18.0, -18.0])
def test_charge_of_a_second_is_the_coulomb_counters(current: float, current_max_ma: int) -> None:
    bench = Bench(current_max_ma=current_max_ma)
    bench.feed(current=current)
    bench.tick(11)
    total_mc = total_s = 0
    for _ in range(60):
        bench.tick(10)
        assert bench.driver.age_ms(CHARGE, bench.now_ms) < 1000
        total_mc += bench.driver.charge_mc
        total_s += bench.driver.charge_s
    assert total_mc == pytest.approx(1000 * current * 60, rel=0.001)
    assert total_s in (59, 60, 61)


def test_charge_over_a_pause_counts_what_nobody_saw() -> None:
    bench = Bench()
    bench.feed(current=50.0)
    bench.tick(25)
    bench.now_ms += 60_000
    bench.tick(10)
    # Asked at 3.4 s, and 0.7 s after the late call: it does the work of those that are missing, and stands for no turn.
    assert bench.driver.charge_mc == pytest.approx(50_000 * (64.1 - 3.4), rel=0.001)
    assert bench.driver.charge_s in (60, 61, 62)


def test_settings_that_change_by_themselves_are_noticed_within_20_s() -> None:
    bench = Bench()
    bench.tick(100)
    assert not bench.driver.settings_lost
    bench.chip.memory.store(0x9278, bytes((110,)))
    bench.tick(200)
    assert bench.driver.settings_lost
    assert bench.driver.configure(bench.profile)
    bench.tick(200)
    assert not bench.driver.settings_lost
    assert bench.chip.memory.value("cov threshold") == 83


def test_pins_behind_the_contactors_arrive_in_mv(bench: Bench) -> None:
    bench.feed(pack=58.01, load=12.34)
    bench.tick()
    assert (bench.driver.link_mv, bench.driver.load_mv) == (58_010, 12_340)


def test_offset_of_the_current_is_averaged_at_rest_only() -> None:
    bench = Bench(current_max_ma=20_000)
    driver: BQ76952 = bench.driver
    bench.feed(current=0.016)  # two counts
    for k in range(REST_SAMPLES + 9):
        bench.tick()
        assert not driver.zero(k != 9)
    bench.tick(2)
    for _ in range(REST_SAMPLES):
        bench.tick()
        if driver.zero(True):
            break
    assert driver.rest_ma == pytest.approx(15, abs=1)
    assert driver.valid[CELLS]


def test_offset_is_not_taken_from_old_samples() -> None:
    bench = Bench()
    bench.tick()
    bench.chip.faults.nack_share = 1.0
    bench.tick(12)
    assert not any(bench.driver.zero(True) for _ in range(3 * REST_SAMPLES))
