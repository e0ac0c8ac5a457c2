"""docs/can.md, written from the firmware's table of messages."""

from collections.abc import Iterator

from bms.bench.can_table import MOST_CELLS, Message, Signal, decimal, messages_of
from firmware import commands

_HEAD = """# The pack on CAN

Written by `bms can --write docs/can.md` from `firmware/messages.py`, of which the firmware's packers, the DBC
(`bms can --write pack.dbc --pack PACK`) and the decoder (`bms can decode LOG`) are made as well.

Eleven-bit identifiers, eight bytes, little endian; 500 kbit/s unless the board's file says otherwise. The pack sends
some {rate} frames a second, {load} % of that. Values are rounded down to a count, so that a limit is never told too
high. What is out of range or unknown, and what comes of measurements older than 2 s, is **not available**: all ones, or
of a signed signal the most negative count. Nothing is clamped. Positive current discharges.

The same frames go over a serial line as an adapter of the Lawicel protocol sends them (`t1208` and sixteen hex digits;
python-can: `slcan`), and commands come in the same way.

## Protection

Protected messages follow AUTOSAR E2E profile 1A. Byte 0 is a CRC-8 SAE J1850 (x^8 + x^4 + x^3 + x^2 + 1, starting at 0,
no final exclusive-or) over the data id, low byte first, and bytes 1..7; the low half of byte 1 counts 0..14. The data
id is the identifier. Data id 0x123 and zeros behind the CRC give 0xCC. The pack takes a frame of the host only if the
CRC is right and the counter has gone 1..3 steps; the same counter again is discarded, more steps count as an error, and
the next in order is taken. After 500 ms without any frame whose CRC is right, any counter is.

## Commands

All else is read only. A command ({codes}) takes four frames:

1. the host sends `command_request`: code, and an argument (a limit in mA, 0 otherwise);
2. the pack sends `challenge`, eight random bytes, and `command_state` with the result `challenged` and a counter;
3. within 2 s the host sends `command_answer`: the first 8 bytes of HMAC-SHA256, under the pack's key of 32 bytes, over
   17 bytes: code (1), argument (4, signed), nonce (8), counter (4), little endian;
4. the pack sends `command_state`: `accepted`, or why not ({results}).

A nonce takes one answer. After a wrong one no challenge is given for 1 s, twice as long each time, 60 s at most, until
a right one; `command_failures` says how many there were. Eight bytes are what one frame holds: half a million tries a
year against 2^64 codes. Challenges are 200 ms apart. `bms/bench/can_host.py` is the host's side.

Without a key in its configuration the pack takes no command. `openssl rand -hex 32 > key` makes one, and
`bms build --key key` (`bms words`, `bms flash` alike) puts it into `pack.bin`, which then is a secret as well.

Opening needs no signature: a `heartbeat` whose `open_asked` is 1 asks for open contactors, and a vehicle that falls
silent has asked as well. Whoever could forge the first could silence the bus. Silence counts only if the pack's file
says `heartbeat = true`, above its first section; then a board that has no CAN never closes.
"""


def text() -> str:
    """The page."""
    all_messages = messages_of()
    timed = [1000 / m.period_ms for m in all_messages if m.from_pack and m.period_ms]
    head = _HEAD.format(
        rate=round(sum(timed)),
        load=round(sum(timed) * 130 / 5000, 1),  # 111 bits and about 19 stuffed
        codes=", ".join(commands.NAMES[1:]),
        results=", ".join(commands.RESULTS[3:]),
    )
    parts = [head]
    for title, from_pack in (("## From the pack", True), ("## From the host", False)):
        parts.append(title + "\n")
        parts += ["\n".join(_table(message)) + "\n" for message in all_messages if message.from_pack == from_pack]
    return "\n".join(parts)


def _table(message: Message) -> Iterator[str]:
    when = f"every {message.period_ms} ms" if message.period_ms else "when there is something to say"
    if message.multiplexed:
        when += ", one group"
    protected = ", protected" if message.protected else ""
    yield f"### 0x{message.identifier:03X} `{message.name}`, {when}{protected}"
    yield ""
    yield "| signal | first bit | bits | a count is | unit | values |"
    yield "|---|---|---|---|---|---|"
    if message.multiplexed:
        yield "| `group` | 0 | 8 | 1 | | which of the signals follow |"
    for signal in message.signals:
        if signal.group in (None, 0):
            yield _row(signal, message)


def _row(signal: Signal, message: Message) -> str:
    sign = ", signed" if signal.signed else ""
    values = ", ".join(f"{k} {name}" for k, name in enumerate(signal.choices))
    if signal.missing is None:
        values = "bytes"
    elif signal.offset:
        values = "counted from one"
    if message.multiplexed:
        each = sum(other.group == 0 for other in message.signals)
        most = f" to {MOST_CELLS}" if signal.name == "cell_1" else ""
        values = f"and every {each}th after it in the next groups{most}"
    cells = (signal.start, f"{signal.bits}{sign}", decimal(signal.factor), signal.unit, values)
    return f"| `{signal.name}` | " + " | ".join(str(cell) for cell in cells) + " |"
