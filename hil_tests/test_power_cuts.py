"""The power fails while a record is saved: the old one or the new one is found, never a mixture, and none is lost."""

import json
import random
from array import array
from collections.abc import Iterator

import pytest

from bms.bench.targets import target
from bms.emulation.flash import Flash
from bms.emulation.storage import PowerCut
from firmware import records
from firmware.store import Kind, Store
from hil_tests import microbit
from hil_tests.littlefs_storage import LittleFsStorage

KIND = Kind("state", 1, 3, ((50, 0, 1 << 30),))
BLOCKS = 24  # of 4 KiB
SAVES = 48  # in a row that are cut: one block is erased in each 14
FIFTEEN_YEARS_MIN = 15 * 365 * 24 * 60
MOST_ERASES = 100_000  # of a block: W25Q16JV datasheet, endurance


def payload(n: int) -> array:
    return array("i", [n] * KIND.words)


def found(store: Store) -> int:
    words = payload(0)
    store.load(words)
    assert len(set(words)) == 1, "a mixture"
    assert not store.errors
    return words[0]


class Chip:
    """A flash with a littlefs and a store on it, that can be put back to where it was."""

    def __init__(self) -> None:
        self.flash = Flash(BLOCKS)
        LittleFsStorage(self.flash, new=True)

    def start(self, cut: int | None = None) -> Store:
        self.flash.dead = False
        store = Store(LittleFsStorage(self.flash), KIND)
        self.flash.cut = None if cut is None else self.flash.touched + cut
        return store

    def save(self, n: int, cut: int | None) -> bool:
        """Start, look, save; False when the power went."""
        store = self.start()
        found(store)
        self.flash.cut = None if cut is None else self.flash.touched + cut
        try:
            assert store.save(payload(n))
        except PowerCut:
            return False
        finally:
            self.flash.cut = None
            self.flash.dead = False
        return True


def cuts(chip: Chip, n: int) -> Iterator[bytes]:
    """The flash after a cut at every byte of save n, one after the other; then the save is made."""
    before, cut = bytes(chip.flash.content), 0
    while not chip.save(n, cut):
        yield bytes(chip.flash.content)
        chip.flash.content[:] = before
        cut += 1


@pytest.mark.slow
def test_a_cut_at_every_byte_that_littlefs_programs_or_erases_loses_nothing():
    chip, made = Chip(), 0
    for n in range(1, SAVES + 1):
        for left in cuts(chip, n):
            made += 1
            store = chip.start()
            assert found(store) in {n - 1, n}
            sequence = store.sequence
            if made % 10 == 0:  # and it goes on from there, with a sequence that has not gone back
                assert store.save(payload(n))
                assert store.sequence == sequence + 1
                assert found(chip.start()) == n
            chip.flash.content[:] = left
        assert found(chip.start()) == n
    assert made >= 10_000
    assert chip.flash.erases.sum() > 0


def test_two_cuts_in_a_row_lose_nothing():
    chip, draw = Chip(), random.Random(1)
    n = 1
    for _ in range(1500):
        for _ in range(2):
            cut = draw.randrange(1200)
            whole = chip.save(n, cut)
            assert found(chip.start()) in ({n} if whole else {n - 1, n})
        assert chip.save(n, None)
        assert found(chip.start()) == n
        n += 1


def test_a_block_that_takes_nothing_any_more_is_left_to_littlefs():
    chip = Chip()
    for n in range(1, 40):
        assert chip.save(n, None)
    chip.flash.worn = {int(k) for k in range(2, BLOCKS, 2)}
    for n in range(40, 400):
        chip.save(n, None)
        assert found(chip.start()) == n


@pytest.mark.parametrize(
    ("cells", "minutely"), [(16, 8), (128, 1)], ids=["16 cells, eight a minute", "128 cells, one a minute"]
)
def test_fifteen_years_wear_no_block_out(cells, minutely):
    """A state a minute; with 16 cells even one every 8 s of every day. The pack's image fills 50 blocks and stays."""
    saves, words = 12_000, records.state_kind(cells, 1).words
    flash = Flash()
    image = LittleFsStorage(flash, "image", new=True)
    for k in range(50):
        image.write(f"{k}", bytes(4096))
    storage = LittleFsStorage(flash)
    store = Store(storage, Kind("state", 1, 3, ((words, 0, 1),)))
    flash.erases[:] = 0
    for _ in range(saves):
        assert store.save(array("i", [1] * words))
    a_save = flash.erases.sum() / saves
    years = FIFTEEN_YEARS_MIN * minutely
    free = flash.blocks - 60
    assert flash.erases.max() <= 2 * max(100, saves * a_save / free)  # littlefs moves on after 100 erases
    assert years * a_save / free * 2 < MOST_ERASES


def test_micropythons_own_littlefs_survives_them_as_well():
    """The store, its files and the file system of a board, on a flash in its memory that is cut at random bytes."""
    interpreter, told = target("arm32"), []
    if reason := interpreter.missing():
        pytest.skip(reason)

    def answer(message: str) -> str:
        told.append(message)
        return json.dumps({"cuts": 300, "seed": 5})

    interpreter.run("store_cuts", answer)
    assert told[-1] == "cuts 300 lost 0"


@pytest.mark.slow
def test_the_slots_alone_survive_a_hundred_cuts_of_a_microbit():
    if reason := microbit.missing():
        pytest.skip(reason)
    board, draw, torn = microbit.Microbit(), random.Random(3), 0
    complete = 0
    for _ in range(100):
        lines = board.run(draw.uniform(0, 0.01))
        record, bad = (int(word) for word in lines[0].split()[1:])
        assert max(record, 0) in {complete, complete + 1}
        torn += bad
        complete = max([complete, record] + [int(line.split()[1]) for line in lines if line.startswith("S")])
    assert complete > 100
    assert torn > 0, "no cut has met a write"
