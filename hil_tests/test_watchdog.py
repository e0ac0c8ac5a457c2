"""The watchdog waits for a second, and a start may take longer: it is fed between what each cell takes."""

from itertools import groupby

from bms.bench.targets import TARGETS
from hil_tests.bench import CELLS, Bench, cells, monitor

FED = "d 0"


def test_it_is_fed_before_each_cell_that_begins() -> None:
    """Sixteen cells take a Pico 0.4 s, and 128 three seconds, all of them in one tick."""
    python = TARGETS["python"]
    bench, heard = Bench(python, cells(), monitor()), list[str]()
    bench.plant.take(bench.part(1, 170))

    def answer(message: str) -> str:
        heard.append(message)
        return "" if message[0] in "dlq" else bench(message)

    python.run("whole", answer)
    begun = next(k for k, message in enumerate(heard) if message.startswith("r "))
    in_a_row = max(len(list(same)) for message, same in groupby(heard[:begun]) if message == FED)
    assert in_a_row == CELLS
