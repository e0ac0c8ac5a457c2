"""The DBC file of a pack, written from the firmware's table of messages."""

from collections.abc import Iterator

from bms.bench.can_table import MOST_CELLS, SENSORS_A_CHIP, Message, Signal, decimal, messages_of
from bms.emulation import pack_file
from bms.errors import InputError

_CELLS_A_CHIP = 16
_HEAD = """VERSION ""

NS_ :

BS_:

BU_: Pack Host
"""
_ATTRIBUTES = """BA_DEF_ BO_ "GenMsgCycleTime" INT 0 65535;
BA_DEF_DEF_ "GenMsgCycleTime" 0;
"""


def of_pack(pack: str | None) -> str:
    """The DBC of a pack by its name or file, of the longest that there can be without one. InputError if longer."""
    if pack is None:
        return text(messages_of())
    series = round(pack_file.load(pack).series.value)
    if series > MOST_CELLS:
        raise InputError(
            f"{pack} has {series} cells in series: the controller knows at most {MOST_CELLS}, eight monitors of "
            f"{_CELLS_A_CHIP}; split the pack."
        )
    chips = -(-series // _CELLS_A_CHIP)
    return text(messages_of(series, SENSORS_A_CHIP * chips))


def text(messages: tuple[Message, ...]) -> str:
    """Messages as a DBC file: little endian, value tables for what is not available, cycle times."""
    parts = [_HEAD, *(_message(message) for message in messages), *_comments(messages), _ATTRIBUTES]
    timed = [message for message in messages if message.period_ms]
    parts += [f'BA_ "GenMsgCycleTime" BO_ {message.identifier} {message.period_ms};' for message in timed]
    parts += [line for message in messages for signal in message.signals for line in _values(message, signal)]
    return "\n".join(parts) + "\n"


def _message(message: Message) -> str:
    sender, receiver = ("Pack", "Host") if message.from_pack else ("Host", "Pack")
    lines = [f"BO_ {message.identifier} {message.name}: 8 {sender}"]
    if message.protected:
        lines += [f' SG_ check : 0|8@1+ (1,0) [0|255] "" {receiver}', f' SG_ alive : 8|4@1+ (1,0) [0|14] "" {receiver}']
    if message.multiplexed:
        last = max(signal.group or 0 for signal in message.signals)
        lines.append(f' SG_ group M : 0|8@1+ (1,0) [0|{last}] "" {receiver}')
    lines += [_line(signal, receiver) for signal in message.signals]
    return "\n".join(lines) + "\n"


def _line(signal: Signal, receiver: str) -> str:
    place = f" m{signal.group}" if signal.group is not None else ""
    sign = "-" if signal.signed else "+"
    low, high = (decimal(raw * signal.factor + signal.offset) for raw in (signal.low, signal.high))
    return (
        f" SG_ {signal.name}{place} : {signal.start}|{signal.bits}@1{sign} "
        f'({decimal(signal.factor)},{signal.offset}) [{low}|{high}] "{signal.unit}" {receiver}'
    )


def _comments(messages: tuple[Message, ...]) -> Iterator[str]:
    for message in messages:
        if message.protected:
            yield f'CM_ BO_ {message.identifier} "AUTOSAR E2E profile 1A, data id {message.identifier}";'


def _values(message: Message, signal: Signal) -> Iterator[str]:
    named = [(k, name) for k, name in enumerate(signal.choices)]
    if signal.missing is not None:
        named.append((signal.missing, "not available"))
    if named:
        yield f"VAL_ {message.identifier} {signal.name} " + " ".join(f'{k} "{name}"' for k, name in named) + " ;"
