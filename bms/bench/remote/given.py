"""The configuration of the pack, from the host in pieces: as one text it would take a small heap whole."""

from array import array
from binascii import unhexlify

_PIECE = 256  # words; 2 kB of text


def pack_words(ask):
    """ "c" asks how many there are, "c AT N" for so many of them."""
    count = int(ask("c"))
    words = array("i", range(count))  # takes its room once, as it has a length
    for at in range(0, count, _PIECE):
        piece = array("i", unhexlify(ask("c %d %d" % (at, _PIECE))))
        words[at : at + len(piece)] = piece
    return words
