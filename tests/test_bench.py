"""The measurements, on a small scale: they run, and what they show does not depend on a clock."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

BENCH = Path(__file__).parent.parent / "bench"


def measured(*argv: str) -> Any:
    environment = {key: os.environ[key] for key in ("PATH", "TMPDIR") if key in os.environ}
    done = subprocess.run(
        [sys.executable, BENCH / argv[0], *argv[1:]],
        env=environment,
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    assert done.returncode in (0, 1), done.stderr
    return json.loads(done.stdout)


def test_no_request_is_refused_whether_one_job_asks_or_two(tmp_path: Path) -> None:
    document = measured("rate.py", "--addresses", "18", "--rpm", "9", "--speed", "60")

    one, two = document["one_job"], document["two_jobs_at_once"]
    assert {"breach_recheck": "success"} == one["jobs"]
    assert {"breach_recheck": "success", "dark_web_monitor": "success"} == two["jobs"]
    assert 18 + 4 + 4 == one["requests"], "plan, two canaries, catalogue; four were asked twice"
    for each in (one, two):
        assert (0, 9) == (each["refused"], each["most_in_a_minute"])
        assert each["seconds_needed"] >= 120
        assert each["seconds_taken"] > each["seconds_needed"]


def test_memory_and_the_cost_of_an_address_are_measured() -> None:
    document = measured("scale.py", "--addresses", "20", "60")

    assert [20, 60] == [one["addresses"] for one in document["households"]]
    assert [24, 64] == [one["requests"] for one in document["households"]]
    assert document["peak_mib"] <= document["target_peak_mib"]


def test_a_run_over_many_removals_is_killed_taken_up_and_measured() -> None:
    document = measured("removals.py", "--removals", "11", "--brokers", "11", "--kill-after", "4")

    assert [-9, 0] == [one["exit"] for one in document["runs"]]
    assert 0 == document["pages_asked_for_twice"]
    counts = document["counts"]
    assert 11 == counts["planned"] == counts["checks"] + counts["carried"]
    assert document["ok"]


def test_every_finding_is_announced_whenever_a_run_is_killed() -> None:
    document = measured("alerts.py", "--kills", "10")

    assert ([], []) == (document["lost"], document["too_often"])
    assert document["findings"] >= 11
    assert 10 == document["ends"]["killed"]
    assert document["met"]


def test_the_report_is_measured_in_every_form_and_takes_little_memory() -> None:
    document = measured("report.py", "--persons", "20", "60", "--findings", "5")

    assert [20, 60] == [one["persons"] for one in document["households"]]
    assert [100, 300] == [one["findings"] for one in document["households"]]
    assert ["md", "html", "json"] == list(document["household"]["seconds_by_format"])
    assert document["peak_mib"] <= document["target_peak_mib"]


def test_the_start_of_the_mcp_server_is_measured_against_an_empty_one() -> None:
    document = measured("mcp_start.py", "--runs", "1")

    assert {"footprint-mcp", "empty server"} == set(document["milliseconds"])
    assert all(0 < one["first_answer"] <= one["tools"] for one in document["milliseconds"].values())
    assert 9 == document["tools"]
    assert 1.2 == document["target_ratio"]
