"""CRC-8 behind every byte of TI's cell monitors: x^8 + x^2 + x + 1, initial value 0, not reflected (TI SLUAA11B)."""


def table(polynomial):
    """CRC-8 of every byte for x^8 + `polynomial`, 256 bytes."""
    crcs = bytearray(256)
    for byte in range(256):
        crc = byte
        for _ in range(8):
            crc = crc << 1
            if crc & 0x100:
                crc ^= 0x100 | polynomial
        crcs[byte] = crc
    return crcs


TABLE = table(0x07)


def crc8(data, crc=0):
    """CRC-8 of `data`, carried on from `crc`; of b"123456789" it is 0xF4."""
    for byte in data:
        crc = TABLE[crc ^ byte]
    return crc
