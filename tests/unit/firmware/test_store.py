"""What is stored comes back whole or not at all, and what does not count is said."""

import struct
from array import array
from contextlib import suppress

import pytest

from bms.emulation.storage import PowerCut, Storage
from firmware import slots
from firmware.config import checksum
from firmware.store import Kind, Store

KIND = Kind("state", 1, 3, ((1, 0, 1_000_000), (4, -(1 << 31), (1 << 31) - 1)))


def payload(n: int) -> array:
    """Words that all tell which save they are of."""
    return array("i", [n] * KIND.words)


def opened(storage: Storage, kind: Kind = KIND) -> tuple[Store, int]:
    """The store after a restart, and the save whose record it found; -1 for none."""
    store, words = Store(storage, kind), payload(-1)
    found = store.load(words)
    assert len(set(words)) == 1, "a mixture"
    assert found == (words[0] != -1)
    return store, words[0]


def saved(storage: Storage, saves: int) -> Store:
    store, _ = opened(storage)
    for n in range(saves):
        assert store.save(payload(n))
    return store


def test_an_empty_store_says_so():
    store, found = opened(Storage())
    assert (found, store.sequence, store.rejected, store.errors) == (-1, 0, 0, 0)


@pytest.mark.parametrize("saves", range(1, 9))
def test_the_newest_record_comes_back(saves):
    storage = Storage()
    assert saved(storage, saves).sequence == saves
    store, found = opened(storage)
    assert (found, store.sequence, store.rejected) == (saves - 1, saves, 0)


def test_the_record_is_laid_out_as_documented():
    """Version, sequence, length, words, and the CRC-32 (zlib's) of these 32 bytes, little-endian."""
    storage = Storage()
    saved(storage, 6)
    record = [1, 6, 5, 5, 5, 5, 5, 5]
    assert storage.files["state2"] == struct.pack("<8iI", *record, 3_003_195_774)


@pytest.mark.parametrize("in_place", [True, False], ids=["erased and written", "written and renamed"])
@pytest.mark.parametrize("saves", [0, 1, 2, 3, 4])
def test_a_cut_at_any_step_leaves_the_old_record_or_the_new_one(in_place, saves):
    steps = 0
    while True:
        storage = Storage(in_place)
        store = saved(storage, saves)
        storage.cut = storage.steps + steps
        try:
            store.save(payload(saves))
        except PowerCut:
            cut = True
        else:
            cut = False
        storage.cut = None
        store, found = opened(storage)
        assert found in ({saves - 1, saves} if cut else {saves})
        assert store.save(payload(saves + 1))
        assert opened(storage)[1] == saves + 1
        if not cut:
            return
        steps += 1


@pytest.mark.parametrize("first", range(0, 36, 5))
def test_a_second_cut_at_any_step_of_the_save_after_it_loses_nothing_more(first):
    for second in range(80):
        storage = Storage()
        store = saved(storage, 4)
        sequence = store.sequence
        for cut in (first, second):
            storage.cut = storage.steps + cut
            with suppress(PowerCut):
                store.save(payload(4))
            storage.cut = None
            store, found = opened(storage)
            assert found in {3, 4}
            assert store.sequence >= sequence
            sequence = store.sequence


@pytest.mark.parametrize("worn", [{"state0"}, {"state1"}, {"state0", "state2"}])
@pytest.mark.parametrize("how", ["worn", "silent"])
def test_a_worn_slot_is_left_out_and_told(worn, how):
    storage, kind = Storage(), Kind("state", 1, 4, KIND.ranges)
    setattr(storage, how, worn)
    store, _ = opened(storage, kind)
    for n in range(20):
        assert store.save(payload(n))
        assert opened(storage, kind)[1] == n
    assert store.errors == len(worn)
    assert store.failing == 0


def test_a_storage_that_takes_nothing_keeps_the_old_record_and_says_so():
    storage = Storage()
    store = saved(storage, 5)
    storage.worn = {"state0", "state1", "state2"}
    for n in range(1, 4):
        assert not store.save(payload(9))
        assert store.failing == n
    assert opened(storage)[1] == 4
    storage.worn = set()
    assert store.save(payload(10))
    assert store.failing == 0
    assert opened(storage)[1] == 10


def test_what_cannot_be_read_is_an_error_and_the_rest_counts():
    storage = Storage()
    saved(storage, 5)
    storage.unreadable = {"state2"}
    store, found = opened(storage)
    assert (found, store.errors) == (4, 1)
    storage.unreadable = {"state1"}
    assert opened(storage)[1] == 3


@pytest.mark.parametrize("byte", range(36))
@pytest.mark.parametrize("flip", [1, 128])
def test_a_record_with_a_changed_bit_does_not_count(byte, flip):
    storage = Storage()
    saved(storage, 5)
    damaged = bytearray(storage.files["state1"])
    damaged[byte] ^= flip
    storage.files["state1"] = bytes(damaged)
    store, found = opened(storage)
    assert (found, store.rejected) == (3, 1)


@pytest.mark.parametrize("content", [b"", b"\xff" * 36, bytes(36), b"\xff" * 35, bytes(4000)])
def test_garbage_does_not_count_and_is_counted(content):
    storage = Storage(files={f"state{k}": content for k in range(3)})
    store, found = opened(storage)
    assert (found, store.rejected) == (-1, 3)
    assert store.save(payload(1))
    assert opened(storage)[1] == 1


@pytest.mark.parametrize(
    "kind",
    [
        Kind("state", 2, 3, KIND.ranges),
        Kind("state", 1, 3, ((5, -(1 << 31), (1 << 31) - 1), (1, 0, 0))),
        Kind("state", 1, 3, ((1, 0, 3), (4, -(1 << 31), (1 << 31) - 1))),
    ],
    ids=["another version", "another length", "outside a range"],
)
def test_a_record_that_is_not_what_is_asked_for_does_not_count(kind):
    storage = Storage()
    store = saved(storage, 4)
    assert store.save(payload(4))
    words = array("i", [-1] * kind.words)
    store = Store(storage, kind)
    found = store.load(words)
    assert store.rejected > 0
    assert not found or words[0] == 3


def test_words_outside_their_range_are_not_saved():
    storage = Storage()
    store = saved(storage, 3)
    for words in (array("i", [-1, 0, 0, 0, 0]), array("i", [1_000_001, 0, 0, 0, 0]), array("i", [1, 2])):
        assert not store.save(words)
    assert store.errors == 3
    assert opened(storage)[1] == 2


def test_the_sequence_ends_without_wrapping():
    storage = Storage()
    store = saved(storage, 3)
    record = array("i", storage.files["state2"])
    slots.seal(record, 1, slots.SEQUENCE_MOST - 3, lambda words, count: checksum(words[:count]))
    storage.files["state2"] = record.tobytes()
    store, _ = opened(storage)
    assert store.save(payload(7))
    assert not store.save(payload(8))
    assert opened(storage)[1] == 7


def test_a_log_tells_its_records_from_the_newest_to_the_oldest():
    storage = Storage()
    log = Kind("event", 1, 8, KIND.ranges)
    store = Store(storage, log)
    words = payload(0)
    assert not store.load(words)
    for n in range(20):
        assert store.save(payload(n))
    told = []
    found = store.load(words)
    while found:
        told.append(words[0])
        found = store.older(words)
    assert told == [19, 18, 17, 16, 15, 14, 13, 12]
    assert store.save(payload(20))
    assert store.load(words)
    assert words[0] == 20


def test_a_store_that_was_not_asked_for_its_record_does_not_write_over_it():
    storage = Storage()
    saved(storage, 4)
    storage.cut = storage.steps + 30
    with pytest.raises(PowerCut):
        Store(storage, KIND).save(payload(4))
    assert opened(storage)[1] == 3


def test_a_ring_that_takes_nothing_is_tried_a_few_slots_at_a_time():
    """Each try erases a block or two of flash, for which a watchdog waits no longer than a second."""
    tried: list[str] = []

    class Dead(Storage):
        def write(self, name: str, data: object) -> None:
            tried.append(name)
            raise OSError(5)

    store = Store(Dead(), Kind("event", 1, 16, KIND.ranges))
    for _ in range(12):
        before = len(tried)
        assert not store.save(payload(1))
        assert 1 <= len(tried) - before <= 3
    assert set(tried[:16]) == {f"event{k}" for k in range(16)}
    assert tried[16:32] == tried[:16]
