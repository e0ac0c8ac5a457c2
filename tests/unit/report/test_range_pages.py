"""The pages of a range and of a headline: they add up, they answer in words, and a narrow screen shows all of it."""

import re

import pytest

from bms.driving import claim_answer
from bms.driving.claim import Question, read
from bms.report import claim_page


@pytest.fixture(scope="module")
def headline(tmp_path_factory):
    question = Question(900.0, "full-size-pickup", "ion-cornerstone")
    path = tmp_path_factory.mktemp("pages") / "claim.html"
    result = claim_answer.answer(question)
    claim_page.write(path, result, read(question))
    return result, path.read_text()


def test_a_headline_is_answered_in_words_before_the_table(headline):
    result, text = headline
    words = re.search(r"<h1>.*?</h1>\n<p>(.*?)</p>", text)
    assert words is not None
    kwh = result["needed_usable_kwh"]
    for said in (f"{kwh['55_mph']:.0f} kWh at 55 mph", f"{kwh['75_mph']:.0f} kWh at 75 mph", "0 % are disclosed"):
        assert said in words.group(1)


def test_what_is_left_of_a_headline_lies_in_bars_with_their_names(headline):
    result, text = headline
    assert '"orientation":"h"' in text and "towing 3 t" in text
    assert str(result["miles_left"]["cold"]) in text
