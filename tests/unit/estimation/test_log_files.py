"""Files as tools export them: the dialects of CSV are read, all else is refused in words of the user."""

from collections.abc import Callable
from pathlib import Path

import pytest

from bms.errors import InputError
from bms.estimation.logs import read


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "it is no text"),
        ("time_s,current_a\n0,1\n".encode("utf-16"), "is UTF-16; save it as UTF-8"),
        ("time_s,current_a,voltage_v,temperature_°C\n0,1,3,25\n".encode("latin-1"), "heading is not UTF-8"),
        (b"time_s\tcurrent_a\n0\t1\n", "separated by tabs"),
        (b"\n\n\n", "holds 0 rows"),
        (b"time_s,current_a,voltage_v,temperature_c", "holds 0 rows"),
        (b"time_s,current_a,current_a,voltage_v,temperature_c\n0,1,1,3,25\n1,1,1,3,25\n", "several columns current_a"),
        (b"time_s,current_a,voltage_v,temperature_c\n0,1,3,25\n1,1,3,25\n2,1\n", "line 4 has 2 columns, the heading 4"),
        (b"# exported\ntime_s,current_a,voltage_v,temperature_c\n0,1,3,25\n", "line 2 has 4 columns, the heading 1"),
        (b"time_s,current_a,voltage_v,temperature_c\n00:01,1,3,25\n00:02,1,3,25\n", "seconds since the start"),
        (b"time_s,current_a,voltage_v,temperature_c\n0,true,3,25\n1,true,3,25\n", "current_a holds bool"),
        (b"time_s,current_a,voltage_v,temperature_c\n0,,3,25\n1,,3,25\n", "column current_a is empty"),
        (",".join(f"c{k}" for k in range(3000)).encode() + b"\n", "and 2988 more"),
        (b"x" * 100_000 + b"\n1\n", "time_s is missing"),
    ],
)
def test_a_file_that_some_tool_wrote_is_refused_in_words_of_the_user(tmp_path: Path, data: bytes, said: str) -> None:
    (tmp_path / "export.csv").write_bytes(data)
    with pytest.raises(InputError) as e:
        read(tmp_path / "export.csv")
    message = str(e.value)
    assert message.startswith("export.csv: ") and said in message
    assert "\n" not in message and len(message) < 300


@pytest.mark.parametrize(
    "rewrite",
    [
        lambda text: b"\xef\xbb\xbf" + text,
        lambda text: text.replace(b"\n", b"\r\n"),
        lambda text: b'"' + text.replace(b",", b'","').replace(b"\n", b'"\n"').removesuffix(b'"'),
        lambda text: text.replace(b"\n", b",note\n", 1).replace(b"25.0\n", b"25.0,Z\xe4hler\n"),
    ],
    ids=["byte order mark", "CRLF", "quoted numbers", "Latin-1 in another column"],
)
def test_the_dialects_of_csv_are_read(tmp_path: Path, rewrite: Callable[[bytes], bytes]) -> None:
    rows = [f"{k},{k % 3},3.7,25.0" for k in range(50)]
    text = "\n".join(["time_s,current_a,voltage_v,temperature_c", *rows, ""])
    (tmp_path / "drive.csv").write_bytes(rewrite(text.encode()))
    assert read(tmp_path / "drive.csv").current.tolist() == [k % 3 for k in range(50)]
