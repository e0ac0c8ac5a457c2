"""How much of an image is native code, function by function, as MicroPython loads it."""

from pathlib import Path

import pytest

from bms.bench import image, raw_code

SOURCE = b"""
TABLE = (1, "text", b"bytes", (2.5, None), 1 << 70)

@micropython.viper
def add(a: int, b: int) -> int:
    return a + b

class Pair:
    def both(self, one, other):
        return [it for it in (one, other)]
"""


def compiled(architecture: str) -> bytes:
    return image.compiled(SOURCE, Path("pair.py"), architecture)


def test_a_viper_function_is_native_and_all_others_are_bytecode() -> None:
    body, add, pair, both, comprehension = raw_code.functions(compiled("armv6m"))
    assert add.native and not (body.native or pair.native or both.native or comprehension.native)
    assert raw_code.native_bytes({"pair.mpy": compiled("armv6m"), "main.py": b"M"}) == add.length > 16


def test_a_port_without_native_code_has_none() -> None:
    assert len(raw_code.functions(compiled(""))) == 5
    assert raw_code.native_bytes({"pair.mpy": compiled("")}) == 0


def test_every_module_of_a_picos_image_is_read_to_its_end() -> None:
    files = image.modules_of("rp2-pico", "armv6m")
    assert 30_000 < raw_code.native_bytes(files) < len(files["firmware/joined.mpy"])


def test_a_file_that_goes_on_is_refused() -> None:
    with pytest.raises(ValueError, match=r"\.mpy"):
        raw_code.functions(compiled("") + b"\0")
