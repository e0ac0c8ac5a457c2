"""Group D: what the vehicle says on CAN, and who else speaks there."""

from collections.abc import Callable

import numpy as np

from bms.bench.can_host import frame
from bms.bench.hil.case import Case, Reaction, Setting
from bms.bench.hil.rig import Rig
from bms.emulation.can_bus import Frame, Listener
from firmware import commands, messages
from firmware import diagnoses as d

GROUP = "communication"
_ON_CAN = Setting(vehicle=True)
_FRAMES_A_STEP = 192  # in 50 ms at 500 kbit/s: all that fit
_COUNTERS = 15


def _open_frame(rig: Rig, ahead: int) -> bytes:
    """A heartbeat that wants open contactors, its counter so far ahead of the vehicle's last one."""
    last = rig.vehicle._counter[messages.HEARTBEAT]
    return frame(messages.HEARTBEAT, {"open_asked": 1}, (last + ahead) % _COUNTERS)


def _flip_every_bit(rig: Rig) -> None:
    bits = iter(range(64))

    def damaged() -> None:
        bit = next(bits, None)
        if bit is not None:
            whole = int.from_bytes(_open_frame(rig, 1), "little")
            rig.vehicle.say(messages.HEARTBEAT, (whole ^ 1 << bit).to_bytes(8, "little"))

    rig.every(0.05, damaged)


def _say_again(ahead: int) -> Callable[[Rig], None]:
    def inject(rig: Rig) -> None:
        rig.every(0.5, lambda: rig.vehicle.say(messages.HEARTBEAT, _open_frame(rig, ahead)))

    return inject


def _malformed(rig: Rig) -> None:
    random = np.random.default_rng(3)
    known = [row[messages.ID] for row in messages.FROM_HOST]

    def say() -> None:
        for _ in range(10):
            identifier = int(random.choice(known)) if random.random() < 0.7 else int(random.integers(0x800))
            data = random.bytes(int(random.integers(9)))
            rig.can_bus.nodes.append(Listener(queue=[Frame(identifier, data)]))
        rig.can_bus.nodes = [n for n in rig.can_bus.nodes if not isinstance(n, Listener) or n.queue]

    rig.every(0.05, say)


def _flood(rig: Rig) -> None:
    other = Listener()
    rig.can_bus.nodes.append(other)
    rig.every(0.05, lambda: other.queue.extend([Frame(messages.ROUTE, bytes(8))] * (_FRAMES_A_STEP - len(other.queue))))


def _short_bus(rig: Rig) -> None:
    rig.can_bus.shorted = True
    rig.at(rig.time + 0.3, lambda: setattr(rig.can_bus, "shorted", False))


def _heard_again(rig: Rig) -> str:
    last = rig.vehicle.heard[-1][0]
    return "" if rig.over_s - last < 0.5 else "the pack says nothing any more"


def _ask(code: int, key: bytes | None = None) -> Callable[[Rig], None]:
    """Ask for a command; it is timed from the frame that answers the challenge."""

    def inject(rig: Rig) -> None:
        command = rig.vehicle.command
        if key is not None:
            command.key = key
        say = command.send

        def send(identifier: int, data: bytes) -> None:
            if identifier == messages.COMMAND_ANSWER:
                rig.fault_now(2.0)
            say(identifier, data)

        command.send = send
        rig.at(5.0, lambda: command.ask(code))

    return inject


def _answer_unasked(rig: Rig) -> None:
    rig.vehicle.say(messages.COMMAND_ANSWER, bytes(8))


def _still_closed(rig: Rig) -> str:
    return "" if rig.closed else "it was obeyed"


_ONE_FRAME_MS = 210.0
_ONE_FRAME_WHY = "the frame is judged in the next tick and the refusal told in the one after it"
_OTHER_KEY = bytes(31) + b"\1"
CASES = (
    Case(
        (52,),
        "vehicle-silent",
        GROUP,
        "the vehicle says nothing any more",
        "opens",
        1200.0,
        "1 s from its last heartbeat, and two ticks; foxBMS takes 1.2 s",
        Reaction.OPENS,
        lambda rig: setattr(rig.vehicle, "talks", False),
        (d.HOST_SILENT,),
        setting=_ON_CAN,
    ),
    Case(
        (53,),
        "frame-damaged",
        GROUP,
        "heartbeats that ask for open contactors, each of their 64 bits flipped in turn",
        "none is taken",
        None,
        "a CRC-8 sees every single bit",
        Reaction.NOTHING,
        _flip_every_bit,
        setting=_ON_CAN,
        lasts_s=4.0,
    ),
    Case(
        (54,),
        "frame-repeated",
        GROUP,
        "a heartbeat that asks for open contactors, with the counter of the last one",
        "not taken",
        None,
        "a counter that stands still is no news",
        Reaction.NOTHING,
        _say_again(0),
        setting=_ON_CAN,
        lasts_s=4.0,
    ),
    Case(
        (54,),
        "frame-of-long-ago",
        GROUP,
        "the same with a counter that is seven ahead, which is eight behind",
        "not taken",
        None,
        "more than the frames that may be lost in a row",
        Reaction.NOTHING,
        _say_again(7),
        setting=_ON_CAN,
        lasts_s=4.0,
    ),
    Case(
        (55,),
        "bus-off",
        GROUP,
        "the bus is shorted for 300 ms",
        "nothing opens; the pack is heard again",
        None,
        "the controller leaves bus-off by itself, with a pause that grows",
        Reaction.NOTHING,
        _short_bus,
        setting=_ON_CAN,
        lasts_s=4.0,
        judge=_heard_again,
    ),
    Case(
        (56,),
        "bus-flooded",
        GROUP,
        "another node fills the bus with frames of the vehicle's, all damaged",
        "every tick is kept",
        None,
        "a tick looks at 16 frames at most",
        Reaction.NOTHING,
        _flood,
        setting=_ON_CAN,
        lasts_s=4.0,
    ),
    Case(
        (57,),
        "frames-malformed",
        GROUP,
        "200 frames a second of any identifier, length and content",
        "nothing is taken, nothing dies",
        None,
        "length and check byte come before all else",
        Reaction.NOTHING,
        _malformed,
        setting=_ON_CAN,
        lasts_s=10.0,
    ),
    Case(
        (58,),
        "command-signed",
        GROUP,
        "the vehicle's command to open, rightly signed",
        "obeyed",
        300.0,
        "the answer is judged in the next tick, and obeyed in it",
        Reaction.OPENS,
        prepare=_ask(commands.OPEN),
        fault_s=None,
        setting=_ON_CAN,
    ),
    Case(
        (58,),
        "command-of-a-stranger",
        GROUP,
        "a command to open, signed with another key",
        "refused, told, counted",
        _ONE_FRAME_MS,
        _ONE_FRAME_WHY,
        Reaction.REFUSED,
        prepare=_ask(commands.OPEN, _OTHER_KEY),
        fault_s=None,
        setting=_ON_CAN,
        refusal=commands.WRONG_MAC,
        judge=_still_closed,
    ),
    Case(
        (58,),
        "command-unasked",
        GROUP,
        "an answer to no challenge",
        "refused and told",
        _ONE_FRAME_MS,
        _ONE_FRAME_WHY,
        Reaction.REFUSED,
        _answer_unasked,
        setting=_ON_CAN,
        refusal=commands.UNASKED,
        judge=_still_closed,
    ),
)
