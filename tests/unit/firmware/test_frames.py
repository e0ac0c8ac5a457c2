"""Frames: what the firmware packs is what cantools reads through the DBC, bit for bit, and what it says is true."""

from array import array
from typing import Any

import cantools
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bms.bench import dbc
from bms.bench.can_table import messages_of
from firmware import e2e, messages
from firmware import readings as of
from firmware.drivers.crc8 import table
from firmware.frames import Packer, Sender
from tests.unit.firmware.can_bench import Pack, index_of

DATABASE: Any = cantools.database.load_string(dbc.of_pack(None), "dbc")
PACKER = Packer(messages.FROM_PACK)
MESSAGES = {message.name: message for message in messages_of()}
PACKED = [row[messages.NAME] for row in messages.FROM_PACK if row[messages.PERIOD_MS]]


def pack(name: str, x: array, group: int = 0, counter: int = 0) -> bytearray:
    PACKER.pack(index_of(name), x, group, counter, 1)
    return bytearray(list(PACKER.frame))


def counts(name: str, data: bytes | bytearray) -> dict[str, int]:
    """As cantools reads them, unscaled."""
    return dict(DATABASE.decode_message(name, bytes(data), decode_choices=False, scaling=False))


@settings(max_examples=300, deadline=None)
@given(st.data(), st.sampled_from(PACKED))
def test_cantools_reads_every_frame_and_writes_the_same_bytes(data: st.DataObject, name: str) -> None:
    shift = data.draw(st.integers(0, 31))
    x = array("i", [word >> shift for word in array("i", data.draw(st.binary(min_size=512, max_size=512)))])
    message = MESSAGES[name]
    groups = {signal.group or 0 for signal in message.signals}
    group = data.draw(st.sampled_from(sorted(groups)))
    counter = data.draw(st.integers(0, 14))
    frame = pack(name, x, group, counter)
    read = counts(name, frame)
    row = messages.FROM_PACK[index_of(name)]
    expected: dict[str, int | None] = {"group": group} if message.multiplexed else {}
    expected |= {"check": e2e.crc(frame, message.identifier), "alive": counter} if message.protected else {}
    each = len(row[messages.SIGNALS])
    for signal in message.signals:
        if signal.group in (None, group):
            place = [s.name for s in message.signals if s.group in (None, group)].index(signal.name)
            source = row[messages.SIGNALS][place]
            value = x[source[messages.S_SOURCE] + group * each * message.multiplexed] // source[messages.S_SCALE]
            expected[signal.name] = value if signal.low <= value <= signal.high else signal.missing
    assert read == expected
    if len(expected) - message.multiplexed == each + 2 * message.protected:  # not the last group, if it is not full
        assert DATABASE.encode_message(name, read, scaling=False, strict=False) == frame


@settings(max_examples=200, deadline=None)
@given(st.binary(min_size=8, max_size=8), st.sampled_from(sorted(MESSAGES)))
def test_the_desktops_decoder_reads_any_bytes_as_cantools_does(data: bytes, name: str) -> None:
    message = MESSAGES[name]
    if message.multiplexed:
        data = bytes([data[0] % (1 + max(signal.group or 0 for signal in message.signals))]) + data[1:]
    raw = counts(name, data)
    scaled = DATABASE.decode_message(name, data, decode_choices=False)
    for signal in message.signals:
        if signal.group not in (None, data[0]):
            continue
        assert signal.raw(data) == raw[signal.name]
        if signal.low <= raw[signal.name] <= signal.high and not signal.choices:
            assert signal.value(data) == pytest.approx(scaled[signal.name], rel=1e-12)
        elif not signal.choices:
            assert signal.value(data) is None


@settings(max_examples=200, deadline=None)
@given(st.data(), st.sampled_from([row[messages.NAME] for row in messages.FROM_HOST[:4]]))
def test_what_cantools_encodes_for_the_host_the_firmware_unpacks(data: st.DataObject, name: str) -> None:
    k = [row[messages.NAME] for row in messages.FROM_HOST].index(name)
    sent = {s.name: data.draw(st.integers(s.low, s.high)) for s in MESSAGES[name].signals}
    spare = {"check": 0, "alive": 0} if MESSAGES[name].protected else {}
    words = array("i", [0] * messages.HOST_WORDS)
    assert Packer(messages.FROM_HOST).unpack(k, DATABASE.encode_message(name, sent | spare, scaling=False), words)
    for signal in messages.FROM_HOST[k][messages.SIGNALS]:
        assert words[signal[messages.S_SOURCE]] == sent[signal[messages.S_NAME]]


def test_signals_do_not_overlap_and_leave_the_protection_its_place() -> None:
    for row in messages.FROM_PACK + messages.FROM_HOST:
        multiplexed = row[messages.ARRAY] in (messages.CELLS, messages.TEMPERATURES, messages.TRIPS)
        taken = set(range(12 if row[messages.PROTECTED] else 8 if multiplexed else 0))
        for signal in row[messages.SIGNALS]:
            bits = set(range(signal[messages.S_START], signal[messages.S_START] + signal[messages.S_BITS]))
            assert not bits & taken and max(bits) < 64, signal
            taken |= bits
    identifiers = [row[messages.ID] for row in messages.FROM_PACK + messages.FROM_HOST]
    assert len(set(identifiers)) == len(identifiers)
    hosts = [row[messages.ID] & messages.HOST_MASK for row in messages.FROM_HOST]
    assert set(hosts) == {messages.HEARTBEAT} and messages.HEARTBEAT not in [
        row[messages.ID] & messages.HOST_MASK for row in messages.FROM_PACK
    ]


def test_a_limit_is_rounded_down_and_one_beyond_the_field_is_not_available() -> None:
    x = array("i", [0] * of.READINGS)
    x[of.LIMIT_MA] = 199_999
    x[of.LIMIT_MA + 1] = 6_553_400
    x[of.LIMIT_MA + 2] = 6_553_500
    read = DATABASE.decode_message("discharge_current_limits", bytes(pack("discharge_current_limits", x)))
    assert read["discharge_current_2_s"] == pytest.approx(199.9)
    assert read["discharge_current_10_s"] == pytest.approx(6553.4)
    assert read["discharge_current_30_s"] == "not available"


@pytest.mark.parametrize(("age_ms", "told"), [(2000, True), (2001, False)])
def test_old_cells_are_not_told_as_if_they_were_new(age_ms: int, told: bool) -> None:
    bench = Pack()
    bench.readings[of.CELLS_AGE_MS] = age_ms
    bench.cell_uv[0] = 3_700_000
    bench.readings[of.CELL_MAX_UV] = 3_712_300
    bench.readings[of.CURRENT_MA] = -12_340
    for _ in range(4):
        bench.tick()
    cells = DATABASE.decode_message("cell_extremes", bench.wire.last(0x140))
    assert cells["cell_max"] == (pytest.approx(3.7123) if told else "not available")
    stack = DATABASE.decode_message("stack", bench.wire.last(0x142))
    assert stack["current"] == (pytest.approx(-12.34) if told else "not available")
    first = next(data for identifier, data in bench.wire.out if identifier == 0x150 and data[0] == 0)
    assert DATABASE.decode_message("cell_voltages", first)["cell_1"] == (
        pytest.approx(3.7) if told else "not available"
    )


# AUTOSAR E2E profile 1A: data id 0x123, zeros. And the check value of CRC-8 SAE J1850 as it is catalogued.
def test_check_byte_is_the_profiles() -> None:
    data = bytearray(8)
    for counter, check in ((0, 0xCC), (1, 0x91)):
        e2e.protect(data, 0x123, counter)
        assert (data[0], data[1]) == (check, counter)
    crcs, crc = table(0x1D), 0xFF
    for byte in b"123456789":
        crc = crcs[crc ^ byte]
    assert crc ^ 0xFF == 0x4B


def test_protection_leaves_the_half_byte_beside_the_counter_alone() -> None:
    data = bytearray(b"\0\xa0" + bytes(6))
    e2e.protect(data, 0x120, 14)
    assert data[1] == 0xAE


def test_every_single_bit_error_is_found() -> None:
    for bit in range(64):
        receiver, data = e2e.Receiver(0x201), bytearray(b"\0\0abcdef")
        e2e.protect(data, 0x201, 3)
        data[bit >> 3] ^= 1 << (bit & 7)
        assert receiver.check(data) == e2e.WRONG_CRC and receiver.errors == 1


def test_frame_of_another_identifier_is_not_taken() -> None:
    data = bytearray(8)
    e2e.protect(data, 0x202, 0)
    assert e2e.Receiver(0x201).check(data) == e2e.WRONG_CRC


def test_counter_tells_repeated_lost_and_too_many_lost() -> None:
    receiver, data, seen = e2e.Receiver(0x200), bytearray(8), []
    for counter in (13, 14, 14, 0, 3, 7, 8, 15):
        e2e.protect(data, 0x200, counter)
        seen.append(receiver.check(data))
    assert seen == [
        e2e.GOOD, e2e.GOOD, e2e.REPEATED, e2e.GOOD, e2e.GOOD, e2e.SKIPPED, e2e.GOOD, e2e.WRONG_CRC,
    ]  # fmt: skip
    assert receiver.errors == 2


def test_every_message_comes_at_its_period_and_its_counter_goes_round() -> None:
    bench = Pack(cells=128, sensors=24)
    for _ in range(600):
        bench.tick()
    sent = [identifier for identifier, _ in bench.wire.out]
    for row in messages.FROM_PACK:
        expected = 60_000 // row[messages.PERIOD_MS] if row[messages.PERIOD_MS] else 0
        assert abs(sent.count(row[messages.ID]) - expected) <= 1, row[messages.NAME]
        if row[messages.PROTECTED]:
            alive = [data[1] & 15 for identifier, data in bench.wire.out if identifier == row[messages.ID]]
            assert alive == [k % 15 for k in range(len(alive))]
            receiver = e2e.Receiver(row[messages.ID])
            assert all(receiver.check(data) == e2e.GOOD for k, data in bench.wire.out if k == row[messages.ID])
    groups = [data[0] for identifier, data in bench.wire.out if identifier == 0x150]
    assert groups[:33] == [*range(32), 0]
    assert bench.sender.late == 0


def test_no_tick_sends_more_than_it_may_and_nobody_starves() -> None:
    bench = Pack(most=6)
    for _ in range(300):
        before = len(bench.wire.out)
        bench.tick()
        assert len(bench.wire.out) - before <= 6
    sent = [identifier for identifier, _ in bench.wire.out]
    for row in messages.FROM_PACK:
        assert not row[messages.PERIOD_MS] or sent.count(row[messages.ID]) >= 10
    assert bench.sender.late > 0


def test_slow_messages_do_not_meet_in_one_tick() -> None:
    bench, most = Pack(), 0
    for _ in range(100):
        before = len(bench.wire.out)
        bench.tick()
        most = max(most, len(bench.wire.out) - before)
    assert most <= 12


def test_full_bus_costs_no_message_its_counter() -> None:
    bench = Pack()
    bench.wire.full = True
    for _ in range(10):
        bench.tick()
    assert bench.sender.late == 10
    bench.wire.full = False
    bench.tick()
    assert bench.wire.last(0x120)[1] & 15 == 0


def test_pack_with_a_source_less_sends_the_others() -> None:
    bench = Pack()
    bench.sender = Sender(bench.wire, [bench.readings, bench.cell_uv, bench.ts_mdegc, None, None])
    for _ in range(20):
        bench.tick()
    sent = {identifier for identifier, _ in bench.wire.out}
    assert not {0x152, messages.COMMAND_STATE} & sent and 0x162 in sent


def test_messages_go_on_when_the_senders_clock_begins_anew() -> None:
    bench = Pack()
    bench.sender._now_ms = 0x1FFFFFFF - 5_000
    for k in range(len(messages.FROM_PACK)):
        if bench.sender._period_ms[k]:
            bench.sender._due_ms[k] = bench.sender._now_ms + 100
    for _ in range(100):
        bench.tick()
    assert bench.sender._now_ms < 6_000
    sent = [identifier for identifier, _ in bench.wire.out]
    assert 98 <= sent.count(0x120) <= 101 and 9 <= sent.count(0x162) <= 12
