"""The CAN side of the virtual bench: an emulated MCP2515, its bus, the vehicle, and the time that all take."""

from bms.bench.vehicle_node import Vehicle
from bms.emulation.can_bus import CanBus
from bms.emulation.mcp2515 import Mcp2515

FRAME_BITS = 130  # of eight bytes with stuffing and the gap behind it
BITS_S = 500_000
TRANSFER_S = 60e-6  # of one SPI instruction: 14 bytes at 8 MHz take 14 us, the interpreter's call the rest (assumed)


class CanWorld:
    """bus: frames pass in it while time does, s. vehicle: the node at its other end."""

    def __init__(self, vehicle: Vehicle) -> None:
        self.chip = Mcp2515()
        self.vehicle = vehicle
        self.bus = CanBus(self.chip, vehicle)
        self.time = self._carried = 0.0

    def transfer(self, out: bytes) -> bytes:
        """One SPI instruction, from the fall of CS to its rise; what the chip has answered."""
        back = bytearray(len(out))
        self.chip.cs(0)
        self.chip.write_readinto(out, back)
        self.chip.cs(1)
        return bytes(back)

    def advance(self, time: float) -> None:
        """The bus is at `time` s: as many frames have passed as there was room for."""
        self.time = max(time, self.time)
        self.vehicle.advance(self.time)
        while self.time - self._carried >= FRAME_BITS / BITS_S:
            if any(node.offers() for node in self.bus.nodes):
                self.bus.step()
                self._carried += FRAME_BITS / BITS_S
            else:
                self.bus.idle(int((self.time - self._carried) * BITS_S))
                self._carried = self.time
