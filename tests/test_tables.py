"""Tables of a page of the course: words in columns, headers that head, nothing unescaped."""

from __future__ import annotations

import pytest

import blackletter as bl


def test_a_dictionary_is_a_table_in_text() -> None:
    made = bl.table({"2017-03-01": ("no authority", True), "2017-06-01": ("enjoined", False)}, "Day", "Verdict", "Seen")
    assert str(made).splitlines() == [
        "Day         Verdict       Seen",
        "2017-03-01  no authority  yes",
        "2017-06-01  enjoined      no",
    ]


def test_headers_say_what_they_head_and_words_are_escaped() -> None:
    html = bl.table({"<b>": "a & b"}, "Row", "Cell", caption="Of <i>").html()
    assert "<th scope='col'>Cell</th>" in html
    assert "<th scope='row'>&lt;b&gt;</th><td>a &amp; b</td>" in html
    assert "<caption>Of &lt;i&gt;</caption>" in html


def test_a_row_that_does_not_fit_is_named() -> None:
    with pytest.raises(bl.FactError, match='the row "b" has 3 cells, and there are 2 columns'):
        bl.table({"a": "1", "b": ("1", "2")}, "Row", "Cell")
