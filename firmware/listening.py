"""The vehicle on the CAN bus: what it says is taken, what it commands is done, what the pack knows is sent."""

from firmware import commands, frames, modes
from firmware.host import Host
from firmware.inbox import Inbox
from firmware.kernels.dialect import const

_WISHES = ((commands.OPEN, modes.WISH_OPEN), (commands.DRIVE, modes.WISH_DRIVE), (commands.CHARGE, modes.WISH_CHARGE))
_FRAMES_A_TICK = const(12)
_SLEEPS_MS = const(5000)  # of silence, after which the vehicle is not waited for ten times a second
_FEW = const(2)  # where the tick is long enough without; the first in the table are the urgent ones


class Listening:
    """A service of the controller. can: send, receive (firmware/drivers). random, counter, kept: as Commands has them.

    Where the configuration says so, the contactors open without the vehicle's heartbeat. While its odometer is heard
    the road is taken from there, not from the board's wheel. put_off: this tick has saved, and
    sends a few frames only, as one that has corrected all cells.
    """

    def __init__(self, can, config, controller, afe, random, counter=0, kept=None):
        self._afe = afe
        self._wheel = controller.road
        self._inbox = inbox = Inbox(can)
        controller.idle = inbox.drain
        self.commands = commands.Commands(config.key, random, counter, kept)
        readings, counts = controller.readings, controller.protection.counts
        sources = (readings, afe.cell_uv, afe.ts_mdegc, counts, self.commands.words)
        self.sender = frames.Sender(inbox, sources, _FRAMES_A_TICK)
        self.put_off = False
        self.host = Host(inbox, self.sender, self.commands, readings, config.heartbeat)

    def __call__(self, controller, _, dt_ms):
        self._inbox.drain()
        host = self.host
        if host.tick(dt_ms):
            controller.estimator.tell_route(host.route_nv_m)
        controller.road = host if host.tells_road else self._wheel
        controller.may_rest = host.silent_ms >= _SLEEPS_MS
        code = self.commands.take()
        if code != commands.NONE:
            self._obey(controller, code, self.commands.argument)
        if host.asks_open:
            controller.wish(modes.WISH_OPEN)
        self.sender.tick(dt_ms, _FEW if self.put_off or controller.estimator.corrected else 0)
        self.put_off = False

    def _obey(self, controller, code, argument):
        """A command that was signed. A limit can only be lowered, and the pack's own stays."""
        for known, wish in _WISHES:
            if code == known:
                controller.wish(wish)
        if code == commands.SHUTDOWN:
            controller.shut_down()
        elif code == commands.CLEAR:
            controller.protection.clear()
            controller.contactors.forgive()
            self._afe.forgive()
        elif code == commands.LIMIT_DISCHARGE:
            controller.summary.most_ma[0] = argument
        elif code == commands.LIMIT_CHARGE:
            controller.summary.most_ma[1] = argument
