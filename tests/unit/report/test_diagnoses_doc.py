"""docs/diagnoses.md: as the table is today, and readable for people."""

from pathlib import Path

from bms import cli
from bms.report import diagnoses_doc

PAGE = Path(cli.__file__).parents[1] / "docs" / "diagnoses.md"


def test_the_page_is_as_the_table_is() -> None:
    assert PAGE.read_text(encoding="utf-8") == diagnoses_doc.text(), "run `bms diagnoses --write docs/diagnoses.md`"


def test_a_row_reads_as_people_would_say_it() -> None:
    page = diagnoses_doc.text()
    assert "| 0 | over-voltage | cell_max_uv | >= 4.255 V | >= 4.27 V | 0.2 s | command, < 4.22 V | opens |" in page
    assert "t_max_mdegc while charging | >= 45 degC | >= 50 degC | 1 s | < 45 degC for 10 s | no charge |" in page
    assert "opens, does not close, stays over a restart |" in page
    assert "| `soft_short` | warn_ma, trip_ma |" in page
