"""What the results of `advise.py`, `suspects.py` and the benchmarks of buckets come to, beside what was asked.

Printed as the tables of the docs:

    python benchmarks/bars.py

Reads `benchmarks/results/`; a bar whose file is not there, or has no such row, is left out. One that is reached on
fewer draws than were asked for is reached "so far".
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from itertools import groupby
from math import sqrt
from pathlib import Path
from statistics import mean, median

RESULTS = Path(__file__).with_name("results")
Row = dict[str, str]
Line = tuple[str, str, str, bool | str]  # bar, measured, asked, reached
SO_FAR = "so far"


def main() -> None:
    for name, lines in (("advise", advise()), ("suspects", suspects()), ("buckets", buckets())):
        print(f"docs/{name}.md\n\n" + "\n".join(table(lines)) + "\n")


def table(lines: list[Line]) -> list[str]:
    """A table in Markdown."""
    head = ["| bar | measured | asked | reached |", "|---|---|---|---|"]
    words: dict[bool | str, str] = {True: "yes", False: "no", SO_FAR: SO_FAR}
    return head + [f"| {bar} | {found} | {asked} | {words[ok]} |" for bar, found, asked, ok in lines]


def reached(ok: bool, draws: int, asked: int) -> bool | str:
    """Whether a bar is reached; a word where fewer draws than asked were made."""
    return SO_FAR if ok and draws < asked else ok


def read(name: str, **wanted: str) -> list[Row]:
    """Rows of a file of results whose columns have these values."""
    file = RESULTS / f"{name}.csv"
    if not file.exists():
        return []
    with file.open(newline="") as stream:
        return [row for row in csv.DictReader(stream) if wanted.items() <= row.items()]


def advise() -> list[Line]:
    return [*_paid(), *_draws(), *_made(), *_time("advise")]


def suspects() -> list[Line]:
    return [*_ranking(), *_counting(), *_outliers(), *_time("suspects")]


def buckets() -> list[Line]:
    return [*_gets(), *_kept(), *_remote(), *_index()]


def _gets() -> Iterator[Line]:
    ours, theirs = (read("gets", client=name) for name in ("datatool", "boto3"))
    if ours and theirs:
        times = _middle(ours, "cpu_us_per_get") / _middle(theirs, "cpu_us_per_get")
        yield "client CPU of a GET, part of boto3's", f"{times:.2f}", "<= 0.25", times <= 0.25
        most, budget = max(num(row, "most_in_flight") for row in ours), num(ours[0], "budget")
        yield "bytes in flight, at most, of their budget", f"{most / budget:.2f}", "<= 1.00", most <= budget


def _kept() -> Iterator[Line]:
    found = {}
    for name in ("1 process", "4 processes", "least recently used"):
        later = [num(row, "gets_per_draw") for row in read("byte_cache", cache=name) if num(row, "epoch") > 0]
        found[name] = max(later, default=0.0)
    one, four, lru = found.values()
    if all(found.values()):
        words = "cache of 25 %, 100 classes 50:1, from the second epoch: "
        yield f"{words}GETs a draw", f"{one:.3f}", "<= 0.35", one <= 0.35
        yield "the same, part of those of LRU", f"{one / lru:.2f}", "<= 0.60", one / lru <= 0.60
        yield "four processes that share it, part of one's", f"{four / one:.3f}", "<= 1.100", four / one <= 1.1


def _remote() -> Iterator[Line]:
    local, remote = (read("remote", **{"from": name}) for name in ("local tars", "bucket"))
    if local and remote:
        rate = _middle(remote, "images_per_s") / _middle(local, "images_per_s")
        words = "loading from a bucket that takes 20 ms, 64 I/O threads, part of the rate from local tars"
        yield words, f"{rate:.2f}", ">= 0.70", rate >= 0.70


def _index() -> Iterator[Line]:
    ours, theirs = (_middle(read("index_tar", reader=name), "cpu_s") for name in ("datatool", "tarfile"))
    if ours and theirs:
        yield "CPU seconds to find 100,000 members of a tar", f"{ours:.2f}", "<= 1.50", ours <= 1.5
        yield "times as fast as `tarfile`", f"{theirs / ours:.1f}", ">= 3.0", theirs / ours >= 3.0


def _middle(rows: list[Row], column: str) -> float:
    return median(num(row, column) for row in rows) if rows else 0.0


def _paid() -> Iterator[Line]:
    rows = read("advise_paid")
    if not rows:
        return
    error = sqrt(mean((num(row, "gain") - num(row, "trained_gain")) ** 2 for row in rows))
    inside = sum(num(row, "low") <= num(row, "trained_gain") <= num(row, "high") for row in rows)
    lists = len({(row["profile"], row["draw"]) for row in rows})
    yield (
        f"advised against trained gain, {lists} lists, {len(rows)} ways: rmse",
        f"{error:.3f}",
        "<= 0.03",
        error <= 0.03,
    )
    yield "the same: inside the interval", f"{inside} of {len(rows)}", ">= 85 %", inside >= 0.85 * len(rows)


def _draws() -> Iterator[Line]:
    for profile, words in (("lt50", "50:1"), ("lt10", "10:1")):
        rows = read("advise_draws", profile=profile, objective="balanced")
        if rows:
            found = [num(row, "regret") for row in _first(rows, "draw")]
            ok = reached(mean(found) <= 0.01 and max(found) <= 0.03, len(found), 12)
            said = f"{mean(found):.4f}, {max(found):.4f}"
            bar = f"{words}, {len(found)} of 12 draws: regret of the choice, mean and largest"
            yield bar, said, "<= 0.01, <= 0.03", ok
    yield from _words(read("advise_draws"))
    top = _first(read("advise_draws", profile="lt50", objective="top1"), "draw")
    if top:
        natural = sum(row["recommended"] in ("natural", "") for row in top)
        ok = reached(natural >= 11 / 12 * len(top), len(top), 12)
        yield "`--for top1` at 50:1 takes natural", f"{natural} of {len(top)}", ">= 11 of 12", ok
    for row in read("advise_even"):
        ok = (row["recommended"], row["ways_trained"]) == ("", "0")
        yield "a balanced list", "nothing recommended, nothing trained" if ok else "something", "exact", ok


def _words(rows: list[Row]) -> Iterator[Line]:
    """Verdicts of all draws, beside the true gains."""
    draws = len({(row["profile"], row["draw"]) for row in rows})
    told = [row for row in rows if row["verdict"] in ("better", "worse")]
    same = [row for row in rows if row["verdict"] == "no difference"]
    if told:
        right = sum((num(row, "true_gain") > 0) == (row["verdict"] == "better") for row in told)
        ok = reached(right >= 0.95 * len(told), draws, 24)
        bar = f"sign of better and worse, both objectives, {draws} of 24 draws"
        yield bar, f"{right} of {len(told)}", ">= 95 %", ok
    if rows:
        right = sum(abs(num(row, "true_gain")) <= 0.02 for row in same)
        ok = reached(right >= 0.95 * len(same), draws, 24)
        said = f"{right} of {len(same)}" if same else "never said"
        yield f"no difference: true difference at most 0.02, {draws} of 24 draws", said, ">= 95 %", ok


def _made() -> Iterator[Line]:
    rows = read("advise_synthetic", kind="copies")
    if rows:
        most = max(num(row, "gain") for row in rows)
        draws = len(_first(rows, "draw"))
        yield (
            f"own worn copies, no parent column, {draws} draws: best promised gain",
            f"{most:+.3f}",
            "<= +0.03",
            most <= 0.03,
        )
    for kind, words in (("new", "new content, mildly worn"), ("near", "new content, nearly clean")):
        rows = read("advise_synthetic", kind=kind)
        if rows:
            true = [_true_of_chosen(list(mine)) for _, mine in groupby(rows, lambda row: row["draw"])]
            gained, asked = sum(gain > 0 for gain in true), f">= 5 of 6, >= {0.03:+.3f}"
            ok = reached(gained >= 5 / 6 * len(true) and mean(true) >= 0.03, len(true), 6)
            said = f"{gained} of {len(true)}, {mean(true):+.3f}"
            yield f"{words}: draws in which the share gains, mean true gain", said, asked, ok
    rows = read("advise_grow")
    if rows:
        error = mean(abs(num(row, "gain") - num(row, "true_gain")) for row in rows)
        yield f"twice the pictures, {len(rows)} sets: mean absolute error", f"{error:.3f}", "<= 0.04", error <= 0.04


def _true_of_chosen(rows: list[Row]) -> float:
    return next((num(row, "true_gain") for row in rows if num(row, "share") == num(row, "chosen")), 0.0)


def _ranking() -> Iterator[Line]:
    for name, words, least in (("train", "training list", (0.50, 0.35)), ("digits", "digits", (0.90, 0.90))):
        for errors, ask in zip(("uniform", "similar"), least, strict=True):
            rows = read("suspects_labels", set=name, errors=errors, share="0.05")
            rows = rows or read("suspects_scores", set=name, errors=errors, share="0.05")
            if rows:
                found = mean(num(row, "average_precision") for row in rows)
                yield f"average precision, {words}, 5 % {errors}", f"{found:.2f}", f">= {ask:.2f}", found >= ask
    rows = read("suspects_scores", set="longtail")
    if rows:
        gain = mean(num(row, "average_precision") - num(row, "self_confidence") for row in rows)
        yield f"above self-confidence, long tail, {len(rows)} runs", f"{gain:+.3f}", ">= +0.03", gain >= 0.03


def _counting() -> Iterator[Line]:
    clean = read("suspects_labels", errors="none")
    if clean:
        estimate, upper = (max(num(row, name) / num(row, "rows") for row in clean) for name in ("estimate", "upper"))
        said = f"{estimate:.2%}, {upper:.2%}"
        yield (
            f"errors on clean lists ({len(clean)}): estimate and bound, largest",
            said,
            "<= 1 %, <= 3 %",
            (estimate <= 0.01 and upper <= 0.03),
        )
    rows = [row for row in read("suspects_labels") if row["errors"] != "none"]
    if rows:
        held = sum(num(row, "upper") >= num(row, "wrong") for row in rows)
        ok = reached(held >= 29 / 36 * len(rows), len(rows), 36)
        yield "bound at least the truth", f"{held} of {len(rows)}", ">= 29 of 36", ok
    small = [row for row in read("suspects_labels", set="longtail", share="0.05") if row["innocent_small_accused"]]
    if small:
        worst = max(num(row, "innocent_small_accused") for row in small)
        yield "right rows of classes under 50 that are accused, 5 % wrong", f"{worst:.2f}", "<= 0.15", worst <= 0.15


def _outliers() -> Iterator[Line]:
    for kind, words, ask in (("digits", "30 digits under one label", 0.95), ("photographs", "30 photographs", 0.92)):
        for row in _first(read("suspects_outliers", set="longtail", foreign=kind), "foreign"):
            found = num(row, "auroc")
            yield f"outliers: {words}, AUROC", f"{found:.3f}", f">= {ask}", found >= ask
    for row in read("suspects_flips"):
        found = num(row, "found_with_their_original") / num(row, "flips")
        yield "flips found as near-duplicates of their original", f"{found:.2f}", ">= 0.98", found >= 0.98


def _time(name: str) -> Iterator[Line]:
    for row in read(f"{name}_time"):
        most = {"cold": 60.0, "warm": 15.0}[row["kind"]]
        seconds = num(row, "cpu_seconds")
        yield f"CPU seconds for 1,680 photographs, {row['kind']}", f"{seconds:.0f}", f"<= {most:.0f}", seconds <= most


def _first(rows: list[Row], column: str) -> list[Row]:
    """The first row of each value of a column."""
    return list({row[column]: row for row in reversed(rows)}.values())[::-1]


def num(row: Row, name: str) -> float:
    return float(row[name])


if __name__ == "__main__":
    main()
