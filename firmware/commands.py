"""Commands of the host: each is answered with a challenge, and done only if the host can sign it with the pack's key.

The host asks (code, argument); the pack gives a nonce, once; the host signs, and the pack compares. What is signed is
code, argument, nonce and counter (docs/can.md). The code is HMAC-SHA256 cut to the 8 bytes of one CAN frame: a nonce
takes one answer, and after a wrong one the pack rests, at the end for a minute, so that an attacker has half a million
tries a year at 2^64 codes.
"""

from array import array

from firmware.hmac import Hmac
from firmware.kernels.dialect import const

NONE = const(0)
OPEN = const(1)
DRIVE = const(2)  # close, to drive
CHARGE = const(3)  # close, to charge
SHUTDOWN = const(4)
CLEAR = const(5)  # forget what has latched
LIMIT_DISCHARGE = const(6)  # argument in mA; the pack's own limits stay
LIMIT_CHARGE = const(7)
CODES = const(8)
NAMES = ("none", "open", "drive", "charge", "shutdown", "clear", "limit-discharge", "limit-charge")

# Results.
CHALLENGED = const(1)  # the nonce is on its way
ACCEPTED = const(2)
WRONG_MAC = const(3)
EXPIRED = const(4)
UNASKED = const(5)  # an answer to no challenge
UNKNOWN = const(6)  # no such command
ARGUMENT = const(7)  # not one that the command takes
WAIT = const(8)  # too soon after another request, or resting after a wrong answer
NOT_KEPT = const(10)  # the memory has no number for another challenge, yet or any more
NO_KEY = const(9)  # the pack has none, or no source of random numbers: nothing can be commanded
RESULTS = ("none", "challenged", "accepted", "wrong-mac", "expired", "unasked", "unknown", "argument", "wait", "no-key", "not-kept")

# Words, for the message command_state.
RESULT = const(0)
CODE = const(1)
FAILURES = const(2)  # wrong answers since the last right one
COUNTER = const(3)  # of challenges; goes on over a restart, so that no command is signed twice alike
WORDS = const(4)

KEY_BYTES = const(32)
NONCE_BYTES = const(8)
MAC_BYTES = const(8)
_MESSAGE_BYTES = const(17)  # code 1, argument 4, nonce 8, counter 4, little endian
_EXPIRES_MS = const(2000)
_APART_MS = const(200)  # between two challenges: each takes a random number
_REST_MS = const(1000)  # after the first wrong answer, doubled by each
_LONGEST_MS = const(60000)
_MOST_MA = const(10000000)
_COUNTS = const(0x3FFFFFFF)
AHEAD = const(1024)  # numbers that the memory keeps at once: a write each 200 s at the fastest


class Commands:
    """key: 32 bytes, all zero: there is none. random(n): n bytes that nobody can foretell, as os.urandom. counter: of
    the last start; kept: so far it may go, None: nobody keeps it.

    pending, argument: the command that has been accepted and not been taken yet. words: RESULT .. COUNTER. nonce: of
    the challenge. wrong: wrong answers since ever.
    """

    def __init__(self, key, random, counter=0, kept=None):
        usable = random and key is not None and len(key) == KEY_BYTES and any(key)
        self._hmac = Hmac(key) if usable else None
        self._random = random
        self.words = array("i", [0] * WORDS)
        self.words[COUNTER] = counter & _COUNTS
        self.kept = kept
        self.nonce = bytearray(NONCE_BYTES)
        self.pending = NONE
        self.argument = 0
        self.wrong = 0
        self._message = bytearray(_MESSAGE_BYTES)
        self._asked_code = NONE
        self._asked_argument = 0
        self._open_ms = 0  # so long an answer is still taken
        self._wait_ms = 0  # so long no request is
        self._rest_ms = 0

    def tick(self, dt_ms):
        """One period has passed."""
        if self._open_ms > 0:
            self._open_ms -= dt_ms
            if self._open_ms <= 0:
                self.words[RESULT] = EXPIRED
        self._wait_ms = max(self._wait_ms - dt_ms, 0)

    def take(self):
        """The accepted command, or NONE; `argument` goes with it. It is told once."""
        code = self.pending
        self.pending = NONE
        return code

    def request(self, code, argument):
        """The host asks for a command; True if `nonce` is a challenge to be sent. It ends the one before."""
        result = self._refusal(code, argument)
        if result == CHALLENGED and not self._draw():
            result = NO_KEY
        self.words[RESULT] = result
        if result != CHALLENGED:
            return False
        self.words[CODE] = code
        self.words[COUNTER] = (self.words[COUNTER] + 1) & _COUNTS
        self._asked_code = code
        self._asked_argument = argument
        self._open_ms = _EXPIRES_MS
        self._wait_ms = _APART_MS
        return True

    def _refusal(self, code, argument):
        """The result of a request: CHALLENGED, or why not."""
        if not self._hmac:
            return NO_KEY
        if not NONE < code < CODES:
            return UNKNOWN
        if not 0 <= argument <= (_MOST_MA if code >= LIMIT_DISCHARGE else 0):
            return ARGUMENT
        if self.kept is not None and not 0 < self.kept - self.words[COUNTER] <= AHEAD:
            return NOT_KEPT
        return WAIT if self._wait_ms else CHALLENGED

    def _draw(self):
        """A new nonce; False if there is none to be had."""
        try:
            drawn = self._random(NONCE_BYTES)
        except (OSError, ValueError):
            return False
        if len(drawn) != NONCE_BYTES:
            return False
        for k in range(NONCE_BYTES):
            self.nonce[k] = drawn[k]
        return True

    def answer(self, data, at):
        """The host's code, MAC_BYTES of `data` from `at` on; True if the command is accepted. It ends the challenge."""
        if not self._hmac or self._open_ms <= 0:
            self.words[RESULT] = UNASKED
            return False
        self._open_ms = 0
        right = self._hmac.digest(self._signed())
        differs = 0
        for k in range(MAC_BYTES):  # all of them, whatever the first is
            differs |= right[k] ^ data[at + k]
        if differs:
            self._fail()
            return False
        self.words[RESULT] = ACCEPTED
        self.words[FAILURES] = 0
        self._rest_ms = 0
        self.pending = self._asked_code
        self.argument = self._asked_argument
        return True

    def _fail(self):
        self.words[RESULT] = WRONG_MAC
        self.wrong = min(self.wrong + 1, _COUNTS)
        self.words[FAILURES] = min(self.words[FAILURES] + 1, 254)
        self._rest_ms = min(self._rest_ms * 2 or _REST_MS, _LONGEST_MS)
        self._wait_ms = self._rest_ms

    def _signed(self):
        message = self._message
        message[0] = self._asked_code
        for k in range(4):
            message[1 + k] = self._asked_argument >> 8 * k & 255
            message[13 + k] = self.words[COUNTER] >> 8 * k & 255
        message[5:13] = self.nonce
        return message
