"""Rows of the claims' studies: quartiles, the file, and what is found in it."""

import numpy as np
import pytest

from sobolev_ref.claims.table import Key, Row, Table, quartiles, read_rows, summarise, write_rows


def key(arm="L2", at=0.5, quantity="L2", study=1):
    return Key(study, "sin x, adam", arm, "seconds", at, quantity)


def test_quartiles_count_what_diverged_as_infinite():
    assert quartiles([1.0, 2.0, 3.0]) == (1.5, 2.0, 2.5)
    assert quartiles([1.0, np.inf, np.nan, 2.0, 3.0]) == (2.0, 3.0, np.inf)
    assert quartiles([np.inf] * 3) == (np.inf,) * 3


def test_a_share_is_a_mean():
    rows = summarise([{key(quantity="diverged"): v, key(): v} for v in (0.0, 0.0, 0.0, 1.0)])
    assert [(r.low, r.median, r.high, r.runs) for r in rows] == [
        (0.25, 0.25, 0.25, 4),
        (0.0, 0.0, 0.25, 4),
    ]


def test_the_file_holds_the_rows_to_three_digits(tmp_path):
    rows = [
        Row(key(at=1 / 3), 1.2345e-7, 2.0, np.inf, 20),
        Row(key("H1", 2e5, "H1", 2), 0.0, 0.5, 1, 3),
    ]
    path = tmp_path / "claims.csv"
    assert read_rows(path) == []
    write_rows(rows, path)
    first, second = read_rows(path)
    assert first.key._replace(at=0) == rows[0].key._replace(at=0)
    assert first.key.at == pytest.approx(1 / 3, rel=1e-3) and second == rows[1]
    assert (first.low, first.median, first.high, first.runs) == (1.23e-7, 2.0, np.inf, 20)
    assert [p.name for p in tmp_path.iterdir()] == ["claims.csv"]


def test_a_foreign_file_is_refused(tmp_path):
    path = tmp_path / "claims.csv"
    path.write_text("a,b\n1,2\n")
    with pytest.raises(ValueError, match=r"claims\.csv: got columns"):
        read_rows(path)


def test_a_table_finds_curves_ends_and_bests():
    table = Table([Row(key(at=at), m, m, m, 2) for at, m in ((0.5, 3.0), (0.1, 1.0), (0.2, 2.0))])
    path = (1, "sin x, adam", "L2", "seconds", "L2")
    assert [row.key.at for row in table.curve(*path)] == [0.1, 0.2, 0.5]
    assert table.last(*path).median == 3 and table.best(*path).median == 1
    assert table.at(*path[:4], 0.21, "L2").median == 2
    with pytest.raises(KeyError):
        table.at(*path[:4], 0.2, "H1")
    for find in (table.last, table.best):
        with pytest.raises(KeyError):
            find(1, "sin x, adam", "H1", "seconds", "L2")
