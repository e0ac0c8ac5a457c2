"""Numbers of the list that no case here stands for, with the reason. A reason is not a pass."""

from bms.bench.hil.case import Absent

ABSENT = (
    Absent(12, "balancing stuck off", "needs half an hour of rest before anything is bled: tests/unit/firmware"),
    Absent(
        29, "multiplexer failure", "a BQ76952 tells nothing of its multiplexer; sum and spread are what would show it"
    ),
    Absent(41, "message of the current sensor lost", "the monitor measures the current: its silence is number 27"),
    Absent(
        48, "supply of the contactors lost", "no input of the board sees it; without supply they open by themselves"
    ),
    Absent(50, "opened above its break current", "no pack here describes what its contactor breaks"),
    Absent(
        64,
        "pause of the garbage collection",
        "virtual time does not pass in it; `bms bench board`: a tick takes no heap",
    ),
    Absent(65, "exception in an interrupt", "the one interrupt counts wheel pulses, and only where a wheel is wired"),
    Absent(70, "main.py half uploaded", "it is before the controller: hil_tests/test_image.py boots the previous slot"),
    Absent(
        76, "each protection disabled in turn", "`bms hil --mutants` does that: it runs the cases of each without it"
    ),
)
