"""Medians, ratios, and how they are told."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from scripts._bench.cli import SELDOM, order
from scripts._bench.errors import BenchError
from scripts._bench.figures import Reach, Sample, Spread, ratios, spread, summarize, typical
from scripts._bench.plot import WIDTH, draw
from scripts._bench.record import document, read, write
from scripts._bench.scenarios import SCENARIOS
from scripts._bench.table import align, figures_table, ratios_table

SAMPLES = [
    Sample("trixie", "by hand", 1, 20.0, {"processes": 900}),
    Sample("trixie", "deploy", 1, 10.0, {"tasks": 30, "processes": 700}),
    Sample("trixie", "by hand", 2, 30.0, {"processes": 1100}),
    Sample("trixie", "deploy", 2, 24.0, {"tasks": 30, "processes": None}),
    Sample("trixie", "by hand", 3, 40.0),
    Sample("bookworm", "deploy", 1, 12.0),
]
REACH = Reach("deploy", "by hand", 0.6)


def test_spread() -> None:
    assert spread([3.0, 1.0, 10.0]) == Spread(3.0, 1.0, 10.0, 3)


def test_summary_is_by_suite_and_name() -> None:
    summary = summarize(SAMPLES)
    assert list(summary) == ["trixie", "bookworm"]
    assert summary["trixie"] == {"by hand": Spread(30.0, 20.0, 40.0, 3), "deploy": Spread(17.0, 10.0, 24.0, 2)}


def test_ratio_is_of_the_medians_and_of_each_round_that_has_both() -> None:
    (ratio,) = ratios(SAMPLES, [REACH, Reach("deploy", "floor", 1.2)])
    assert ratio.suite == "trixie"
    assert ratio.value == pytest.approx(17 / 30)
    assert ratio.rounds == spread([0.5, 0.8])
    assert ratio.met


def test_a_missed_reach_says_so() -> None:
    (ratio,) = ratios(SAMPLES, [Reach("deploy", "by hand", 0.5)])
    assert not ratio.met
    assert ratios_table([ratio]).splitlines()[1].split()[-2:] == ["0.50", "missed"]


def test_typical_leaves_out_what_nobody_counted() -> None:
    assert typical(SAMPLES, "trixie", "by hand", "processes") == 1000
    assert typical(SAMPLES, "trixie", "deploy", "processes") == 700
    assert typical(SAMPLES, "trixie", "by hand", "tasks") is None


def test_table_has_shares_and_no_empty_column() -> None:
    head, hand, deploy, other = figures_table(SAMPLES).splitlines()
    assert head.split() == ["SUITE", "WHAT", "SECONDS", "MIN-MAX", "N", "BY", "HAND", "TASKS", "PROCESSES"]
    assert hand.split() == ["trixie", "by", "hand", "30.00", "20.00-40.00", "3", "x1.00", "1000"]
    assert deploy.split() == ["trixie", "deploy", "17.00", "10.00-24.00", "2", "x0.57", "30", "700"]
    assert other.split() == ["bookworm", "deploy", "12.00", "12.00-12.00", "1"]


def test_columns_line_up() -> None:
    assert align([("A", "B"), ("long", "b")]) == "A     B\nlong  b"


def test_picture_has_a_bar_for_each_figure_and_fits_its_frame() -> None:
    picture = draw(SAMPLES)
    bars = [
        float(start) + float(width)
        for start, width in re.findall(r'<rect x="([\d.]+)" y="\S+" width="([\d.]+)"', picture)
    ]
    assert len(bars) == 3
    assert max(bars) < WIDTH
    assert ">17.0 s  x0.57</text>" in picture
    assert ">One host, bookworm, seconds</text>" in picture
    assert picture.count("<svg") == picture.count("</svg>") == 1


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    path = tmp_path / "bench.json"
    write(path, document(SAMPLES, {"processors": 2}))
    assert read(path) == SAMPLES
    assert [each.name for each in tmp_path.iterdir()] == ["bench.json"]


def test_rounds_begin_elsewhere_and_leave_the_long_ones_out_of_every_second() -> None:
    names = list(SCENARIOS)
    assert order(names, 1) == names
    assert order(names, 2) == ["deploy", "floor", "all-in-one", "by-hand"]
    assert set(order(names, 3)) == set(names)
    assert order(["image"], 2) == []
    assert set(names) >= SELDOM


def test_figures_of_another_commit_are_not_added_to(tmp_path: Path) -> None:
    path = tmp_path / "bench.json"
    assert read(path, "abc1234") == []
    write(path, document(SAMPLES, {"commit": "abc1234"}))
    assert read(path, "abc1234") == read(path) == SAMPLES
    with pytest.raises(BenchError, match="was measured at abc1234, and this is def5678"):
        read(path, "def5678")
