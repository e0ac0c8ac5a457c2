"""The pack on CAN, with an emulated MCP2515, its bus and a vehicle: what it says, obeys and survives."""

from itertools import pairwise
from pathlib import Path

import cantools
import numpy as np
import pytest
from cantools.database.can import Database
from typer.testing import CliRunner

from bms.bench import can_host, command_key, dbc
from bms.bench.can_table import messages_of
from bms.bench.targets import Target
from bms.bench.vehicle_node import Vehicle
from bms.cli import app
from bms.emulation.bq76952 import BQ76952
from bms.emulation.can_bus import Frame
from bms.emulation.pack import Pack
from firmware import commands, messages, modes
from firmware import readings as of
from firmware.drivers.can_states import LEAST_MS
from firmware.kernels import reach
from hil_tests.bench import Bench

KEY = bytes(range(32))
TICK_S = 0.1
SILENT_S = 1.2  # in all, docs/diagnoses.md: a heartbeat that was due a period ago, then 1 s


@pytest.fixture
def car() -> Vehicle:
    return Vehicle(KEY)


@pytest.fixture
def controller(target: Target, pack: Pack, afe: BQ76952, car: Vehicle) -> Bench:
    return Bench(target, pack, afe, node=car, heartbeat=True)


@pytest.fixture(scope="module")
def database() -> Database:
    found = cantools.database.load_string(dbc.text(messages_of(16, 3)), "dbc")
    assert isinstance(found, Database)
    return found


def decoded(database: Database, car: Vehicle, name: str) -> list[dict[str, float]]:
    """Every frame of a message, by cantools."""
    return [database.decode_message(name, data) for _, data in car.frames(name)]  # type: ignore[misc]


def closings(controller: Bench) -> list[bool]:
    return [closed for _, closed in controller.under_way]


def test_what_cantools_reads_is_what_the_firmware_knows(
    controller: Bench, pack: Pack, car: Vehicle, database: Database
) -> None:
    controller.drive(seconds=10)
    assert len(car.heard) > 85 * 10 and controller.mirror.mismatches == 0
    r = controller.readings
    for message, signal, value in (
        ("pack_state", "soc_min", r[of.SOC_MIN_Q15] * 100 / 2**15),
        ("range", "range_p50", r[of.RANGE_P50_M] / 1000),
        ("energy", "energy_left", r[of.ENERGY_WH]),
        ("discharge_current_limits", "discharge_current_10_s", r[of.LIMIT_MA + 1] / 1000),
    ):
        assert abs(decoded(database, car, message)[-1][signal] - value) <= 0.01 * abs(value)
    volts = {k: v for cells in decoded(database, car, "cell_voltages")[-4:] for k, v in cells.items() if k != "group"}
    read = np.array([volts[f"cell_{k + 1}"] for k in range(16)])
    assert np.abs(read - pack.voltages).max() < 0.05  # noise of the monitor, and a quarter second under way
    alive = [row["alive"] for row in decoded(database, car, "pack_state")]
    assert all((b - a) % 15 == 1 for a, b in pairwise(alive))


def test_the_vehicles_odometer_moves_the_range_and_its_route_narrows_it(
    target: Target, pack: Pack, afe: BQ76952
) -> None:
    controller = Bench(target, pack, afe, node=Vehicle(KEY, route_nv_m=40_000))
    controller.drive(seconds=35, first=20)
    p10, p50, p90 = controller.history.range_km[-1]
    assert controller.mirror.mismatches == 0
    assert controller.mirror.range[reach.D_MM] > 10_000 and controller.history.distance_km[-1] > 0.01
    assert controller.mirror.range[reach.ROUTE_NV_M] == 40_000
    assert p90 - p10 < 0.2 * p50, "a route that is told is surer than the road so far"


def test_a_signed_command_is_obeyed_and_an_old_one_is_not(controller: Bench, car: Vehicle) -> None:
    """Opened and closed by commands. The last answer once more is one to no challenge, then one to another nonce."""
    answers: list[bytes] = []
    results: list[tuple[object, object]] = []

    def note() -> None:
        state = car.said("command_state")
        results.append((state["command_result"], state["command_failures"]))

    def close() -> None:
        car.command.ask(commands.DRIVE)
        say = car.command.send
        car.command.send = lambda identifier, data: (answers.append(data), say(identifier, data))

    def replay() -> None:
        car.say(messages.COMMAND_ANSWER, answers[-1])

    def ask_and_replay() -> None:
        car.command.send = lambda identifier, data: replay()  # to the new challenge
        asked = {"requested_code": commands.DRIVE, "requested_argument": 0}
        car.say(messages.COMMAND_REQUEST, can_host.frame(messages.COMMAND_REQUEST, asked))

    controller.at(5, lambda: car.command.ask(commands.OPEN))
    for time, event in ((7, close), (8.5, note), (9, replay), (9.5, note), (10, ask_and_replay), (11, note)):
        controller.at(time, event)
    controller.drive(seconds=12)
    assert closings(controller) == [True, False, True]
    assert results == [("accepted", 0.0), ("unasked", 0.0), ("wrong-mac", 1.0)]
    assert controller.readings[of.MODE] == modes.DRIVE and controller.mirror.mismatches == 0


def test_a_command_signed_with_the_key_of_the_build_is_obeyed(
    target: Target, pack: Pack, afe: BQ76952, tmp_path: Path
) -> None:
    """From the file that `bms build --key` is given, over its image, to the firmware that a host asks."""
    file = tmp_path / "key"
    file.write_text("5a" * commands.KEY_BYTES + "\n", encoding="ascii")
    made = CliRunner().invoke(app, ["build", "--board", "virtual", "--key", str(file), "-o", str(tmp_path / "image")])
    assert made.exit_code == 0, made.output
    car = Vehicle(command_key.read(file))
    controller = Bench(target, pack, afe, node=car)
    controller._words = (tmp_path / "image" / "pack.bin").read_bytes().hex()
    controller.at(5, lambda: car.command.ask(commands.OPEN))
    controller.drive(seconds=7)
    assert closings(controller) == [True, False] and car.said("command_state")["command_result"] == "accepted"


def test_a_wrong_signature_is_refused_in_one_frame_and_counted(controller: Bench, car: Vehicle) -> None:
    car.command.key = bytes(31) + b"\1"
    controller.at(5, lambda: car.command.ask(commands.OPEN))
    controller.drive(seconds=6)
    answer = [time for time, data in car.frames("command_state") if data[1] >> 4 == commands.WRONG_MAC]
    challenge = car.frames("challenge")
    assert len(challenge) == 1 and 0 < answer[0] - challenge[0][0] <= 2 * TICK_S + 0.05
    assert car.said("command_state") == {
        "command_result": "wrong-mac", "command_code": "open", "command_failures": 1.0, "command_counter": 1.0,
    }  # fmt: skip
    assert closings(controller) == [True] and controller.readings[of.MODE] == modes.DRIVE


def test_a_signature_that_comes_too_late_is_refused(controller: Bench, car: Vehicle) -> None:
    def answer_late() -> None:
        nonce = car.frames("challenge")[-1][1]
        car.say(messages.COMMAND_ANSWER, can_host.signature(KEY, commands.OPEN, 0, nonce, 1))

    controller.at(5, lambda: car.say(messages.COMMAND_REQUEST, bytes([commands.OPEN, *bytes(7)])))
    controller.at(7.5, answer_late)
    controller.drive(seconds=7)
    assert car.said("command_state")["command_result"] == "unasked"
    assert closings(controller) == [True]


def test_a_vehicle_that_falls_silent_opens_within_its_limit_and_its_return_closes(
    controller: Bench, car: Vehicle
) -> None:
    controller.at(5, lambda: setattr(car, "talks", False))
    controller.at(8, lambda: setattr(car, "talks", True))
    controller.drive(seconds=10)
    opened = next(time for time, closed in controller.under_way if not closed)
    assert 1.0 <= opened - 5 <= SILENT_S + TICK_S
    assert closings(controller) == [True, False, True]


def test_a_pack_that_wants_a_vehicle_does_not_close_without(controller: Bench, car: Vehicle) -> None:
    car.talks, controller.patience = False, 6.0
    controller.drive(seconds=10)
    assert not any(closed for _, closed in controller.switched) and controller.tripped("vehicle silent")


def test_a_flood_of_frames_makes_no_tick_late(controller: Bench, car: Vehicle) -> None:
    """The bus full of frames that the pack must look at, for two seconds; each is a heartbeat with a wrong check."""
    periods: list[int] = []

    def flood() -> None:
        car.queue = [Frame(messages.HEARTBEAT, bytes([k & 255, *bytes(7)])) for k in range(1, 10_000)]

    watch = controller._watch
    controller._verbs["w"] = lambda rest: (watch(rest), periods.append(int(controller.readings[of.PERIOD_MS])))[0]
    controller.at(5, flood)
    controller.at(7, lambda: setattr(car, "queue", []))
    controller.drive(seconds=8)
    assert len(periods) > 80 and max(periods[5:]) <= 105
    assert not controller.tripped("tick too late") and controller.mirror.mismatches == 0


def test_a_bus_that_is_shorted_is_left_and_comes_back(controller: Bench, car: Vehicle) -> None:
    assert controller.can is not None
    bus = controller.can.bus
    controller.at(5, lambda: setattr(bus, "shorted", True))
    controller.at(6.5, lambda: setattr(bus, "shorted", False))
    controller.drive(seconds=14)
    silent = [time for time, _ in car.heard if 5.1 < time < 6.5]
    back = [time for time, _ in car.heard if time > 6.5]
    assert not silent and back[0] < 6.5 + 8 * LEAST_MS / 1000 and len(back) > 85 * 7
    assert [closed for _, closed in controller.under_way][:2] == [True, False]  # nobody was heard meanwhile
    assert controller.mirror.mismatches == 0
