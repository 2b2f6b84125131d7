"""What is made of a data set from Python: audits, plans and copies, as the commands make them."""

from __future__ import annotations

import importlib
import inspect
import json
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

import datatool
from datatool.cli._spread import spread
from datatool.errors import ConfigError, DatasetError, FindingsError, MissingDependencyError, PlanError
from tests.helpers.browser import Browser, find_browser
from tests.helpers.foreign_files import picture
from tests.helpers.program import Cli

PATHS = [f"{number}.jpg" for number in range(20)]
LABELS = [0] * 12 + [1] * 6 + [4] * 2


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "l.txt").write_text("".join(f"{path} {label}\n" for path, label in zip(PATHS, LABELS, strict=True)))
    return tmp_path


@pytest.fixture
def data() -> datatool.Data:
    return datatool.read("l.txt")


def test_an_audit_is_the_document_of_the_command(cli: Cli, data: datatool.Data) -> None:
    report = data.audit(class_num=3, ignore="I702")
    printed = json.loads(cli("audit", "l.txt", "--class-num", "3", "--ignore", "I702", "--json").out)

    assert printed == json.loads(report.to_json())
    assert (20, 5, ["E203", "W202"]) == (report.rows, report.class_num, [one.code for one in report.findings])
    assert {0: {"real": 12, "synthetic": 0}}.items() <= report.counts.items()
    assert [True, True, False] == [report.fails(), report.fails("warning"), report.fails("never")]
    with pytest.raises(ConfigError, match=r"fail_on must be error, .*; got 'warn'. Hint: did you mean 'warning'\?"):
        report.fails("warn")


def test_what_is_saved_is_what_the_command_writes(cli: Cli, here: Path, data: datatool.Data) -> None:
    import pyarrow.parquet as pq

    report = data.audit()
    assert here / "saved" == report.save(here / "saved")
    cli("audit", "l.txt", "--out", "written")

    for name in ("audit.json", "report.html"):
        assert (here / "saved" / name).read_text() == (here / "written" / name).read_text()
    assert report.to_arrow().to_pylist() == pq.read_table(here / "written" / "findings.parquet").to_pylist()
    assert report.to_arrow().to_pylist() == pq.read_table(here / "saved" / "findings.parquet").to_pylist()
    report.save("saved")  # an earlier audit is replaced
    (here / "other").mkdir()
    (here / "other" / "mine.txt").write_text("x")
    with pytest.raises(ConfigError, match="must be new, empty or an earlier audit; got 'other'"):
        report.save("other")


def test_places_are_a_table_for_pandas(data: datatool.Data) -> None:
    pandas = pytest.importorskip("pandas")
    frame = data.audit().to_pandas()
    assert isinstance(frame, pandas.DataFrame)
    assert ["code", "name", "severity", "file", "line", "text", "reason"] == list(frame.columns)
    assert {"W202", "I702"} == set(frame["code"])


def test_a_missing_pandas_is_said(data: datatool.Data, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(_: Any) -> Any:
        raise ModuleNotFoundError("No module named 'pandas'", name="pandas")

    class Table:
        to_pandas = gone

    from datatool.schemas import to_pandas

    with pytest.raises(MissingDependencyError, match="Hint: run pip install pandas, or take to_arrow"):
        to_pandas(Table())


def test_objects_have_short_reprs(data: datatool.Data) -> None:
    plan = data.balance("oversample", out="l.plan")
    assert "<Data: train l.txt>" == repr(data)
    assert "<Report: 20 rows, class_num 5; warning W202 ids-have-gaps: 2; info I702 tail-classes: 3>" == repr(
        data.audit()
    )
    assert "<Plan: l.plan; oversample, 20 rows in 3 cells, 36 draws an epoch, class_num 5>" == repr(plan)


class _Tags(HTMLParser):
    """What stands open at the end of a page, and the attributes of its frames."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.frames: list[dict[str, str | None]] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        if tag not in ("meta", "link", "img", "br", "hr", "input", "col", "path", "rect", "line", "circle"):
            self.open.append(tag)
        if tag == "iframe":
            self.frames.append(dict(attributes))

    def handle_endtag(self, tag: str) -> None:
        if tag in self.open:
            while self.open.pop() != tag:
                pass


def test_a_notebook_shows_the_pages(here: Path, data: datatool.Data) -> None:
    (here / "names.txt").write_text('0 cat & "dog"\n1 <b>owl\n4 x\n')
    report = datatool.read("l.txt", names="names.txt").audit()
    report.save("saved")
    plan = data.balance("oversample", out="l.plan")

    for shown, page in ((report, "saved/report.html"), (plan, "l.plan/plan.html")):
        html = shown._repr_html_()
        assert html is not None
        tags = _Tags()
        tags.feed(html)
        assert ([], 1) == (tags.open, len(tags.frames))
        assert (here / page).read_text() == tags.frames[0]["srcdoc"]


def test_a_browser_shows_a_report_inside_another_page(here: Path, data: datatool.Data, tmp_path: Path) -> None:
    program = find_browser()
    if program is None:
        pytest.skip("no Chromium is installed")
    page = here / "notebook.html"
    page.write_text(f"<!doctype html><title>n</title><h1>mine</h1>{data.audit()._repr_html_()}", "utf-8")
    with Browser(program, tmp_path / "profile") as browser:
        browser.open(page)
        inside = "document.querySelector('iframe').contentDocument"
        browser.wait_for(f"{inside}.readyState === 'complete' && {inside}.querySelector('h1') !== null")
        assert "class_num" in browser.run(f"{inside}.body.innerText")
        assert ("mine", []) == (browser.run("document.querySelector('h1').innerText"), browser.complaints)


def test_a_plan_is_that_of_the_command(cli: Cli, here: Path, data: datatool.Data) -> None:
    plan = data.balance(strategy="sqrt", max_repeat=3, share={4: 0.25}, weights="inverse", weight="1=2", seed=5)
    assert Path("l.plan") == plan.folder
    options = [
        "--strategy",
        "sqrt",
        "--max-repeat",
        "3",
        "--share",
        "4=0.25",
        "--weights",
        "inverse",
        "--weight",
        "1=2",
    ]
    cli("balance", "l.txt", *options, "--seed", "5", "-o", "other.plan")

    assert datatool.Plan.open("other.plan").fingerprint == plan.fingerprint
    table = plan.to_arrow().to_pydict()
    assert ([0, 1, 4], [12, 6, 2]) == (table["class"], table["rows"])
    assert plan.epoch_size == sum(table["quota"])


def test_the_plan_of_rows_in_memory_trains_and_is_the_plan_of_their_list(here: Path, data: datatool.Data) -> None:
    for path in PATHS:
        picture(here / path)
    plan = datatool.read((PATHS, LABELS)).balance("oversample")
    absolute = datatool.read(([here / path for path in PATHS], LABELS)).balance("oversample", out="absolute.plan")

    assert Path("memory.plan") == plan.folder
    assert data.balance("oversample", out="l.plan").fingerprint == plan.fingerprint
    assert [str(here)] == plan.roots
    for one in (plan, absolute):
        with datatool.BalancedLoader(one, batch_size=4, image_size=16, framework="numpy") as loader:
            assert 9 == sum(1 for _ in loader)


def test_a_batch_may_hold_so_many_of_each_class(data: datatool.Data) -> None:
    assert (2, 2) == data.balance("oversample", per_batch="2:2", out="a.plan").per_batch
    assert (2, 2) == data.balance("oversample", per_batch=(2, 2), out="b.plan").per_batch


def test_what_cannot_be_balanced_is_said(data: datatool.Data) -> None:
    with pytest.raises(ConfigError, match=r"--per-batch must be P:K, .*; got '1:2:3'"):
        data.balance("oversample", per_batch=(1, 2, 3))  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match="a strategy must have a known name; got '5'"):
        data.balance(5)  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match=r"must go where files can be made; got '/proc/x\.plan'"):
        data.balance("oversample", out="/proc/x.plan")


def test_a_list_is_exported_beside_the_plan(here: Path, data: datatool.Data) -> None:
    plan = data.balance("oversample", out="l.plan", export_list="expanded.txt")
    assert plan.epoch_size == len((here / "expanded.txt").read_text().splitlines())


def test_splits_are_data_sets_of_their_own(cli: Cli, here: Path, data: datatool.Data) -> None:
    train, val = data.split(val=0.25, images=False)
    cli("split", "l.txt", "--val", "0.25", "--no-images", "-o", "written")
    lists = [[f"{row['path']} {row['label']}" for row in one.to_arrow().to_pylist()] for one in (train, val)]

    assert [(here / "written" / name).read_text().splitlines() for name in ("train.txt", "val.txt")] == lists
    assert (15, 5) == (train.audit().rows, val.audit().rows)
    assert train.repair is not None
    assert {"train": 15, "val": 5} == train.repair.splits
    assert Path("train.plan") == train.balance("oversample").folder
    with pytest.raises(ConfigError, match="a split must be one of train; got 'test'"):
        train.only("test")
    assert 3 == len(data.split(val=0.2, test=0.2, images=False, out="kept"))
    assert (here / "kept" / "dataset.yaml").is_file()


def test_copies_are_mended_and_say_what_was_done(here: Path) -> None:
    bad = datatool.read((["a.jpg", "a.jpg", "b.jpg", ""], [3, 3, 7, 1]))
    clean = bad.clean(drop="W302, e101")
    dense = clean.relabel(out="dense")

    assert clean.repair is not None
    assert {"E101": 1, "W302": 1} == clean.repair.rejected
    assert [("a.jpg", 0), ("b.jpg", 1)] == [(row["path"], row["label"]) for row in dense.to_arrow().to_pylist()]
    assert (here / "dense" / "map.json").is_file()
    assert 2 == datatool.read("dense").audit().class_num


def test_a_data_set_is_saved_and_read_back(here: Path) -> None:
    paths = [here / "a b.jpg", here / "c.jpg"]
    saved = datatool.read((paths, [0, 1]), names=["cat", "dog"]).save("saved")
    again = datatool.read("saved")

    assert saved.to_arrow().equals(again.to_arrow())
    assert [(str(path), label) for path, label in zip(paths, [0, 1], strict=True)] == [
        (row["path"], row["label"]) for row in again.to_arrow().to_pylist()
    ]
    assert {0: "cat", 1: "dog"} == again.audit(allow_outside_root=True).names
    with pytest.raises(ConfigError, match="must be a new folder; got 'saved'"):
        saved.save("saved")


def test_errors_are_the_sentences_of_the_commands(cli: Cli, here: Path) -> None:
    (here / "bad.txt").write_text("a.jpg 0\nb.jpg -1\n")
    bad = datatool.read("bad.txt")
    calls: list[tuple[Any, type[Exception], list[str]]] = [
        (lambda: bad.balance("oversample"), FindingsError, ["balance", "bad.txt", "--strategy", "oversample"]),
        (lambda: bad.split(val=0.5), FindingsError, ["split", "bad.txt", "--val", "0.5", "-o", "x"]),
        (lambda: bad.clean(drop="X1"), ConfigError, ["clean", "bad.txt", "--drop", "X1", "-o", "x"]),
        (lambda: bad.audit(class_num=0), ConfigError, ["audit", "bad.txt", "--class-num", "0"]),
        (
            lambda: datatool.read("l.txt").balance("oversampel"),
            ConfigError,
            ["balance", "l.txt", "--strategy", "oversampel"],
        ),
        (lambda: datatool.read("no.txt"), DatasetError, ["audit", "no.txt"]),
        (
            lambda: datatool.read("l.txt").balance("oversample", out=here),
            PlanError,
            ["balance", "l.txt", "--strategy", "oversample", "-o", str(here)],
        ),
    ]
    for call, kind, arguments in calls:
        with pytest.raises(kind) as caught:
            call()
        help_of = "" if getattr(caught.value, "hint", None) else f" Hint: run datatool {arguments[0]} --help."
        assert f"error: {caught.value}{help_of}" == cli(*arguments).err.splitlines()[-1]


def test_nothing_is_printed_from_python(process: Cli, here: Path) -> None:
    (here / "t.csv").write_text("image,label\na.jpg,0\nb.jpg,1\n")
    script = "import datatool; data = datatool.read('t.csv'); data.audit(); data.balance('oversample')"
    done = process("-c", script, cwd=here)
    assert (0, "", "") == (done.code, done.out, done.err)


_OTHERWISE = {  # told by `datatool.read`, by the object itself, or only of use where there is a screen
    *("dataset", "run", "split", "root", "names", "synthetic"),
    *("path_column", "label_column", "source_column", "split_column"),
    *("fail_on", "form", "json", "dry_run"),
}


@pytest.mark.parametrize(
    ("name", "owner", "more"),
    [
        ("audit", datatool.Data, set()),
        ("balance", datatool.Data, {"fetch"}),  # of datatool.read
        ("split", datatool.Data, set()),
        ("relabel", datatool.Data, set()),
        ("clean", datatool.Data, set()),
        ("evaluate", datatool.Run, {"out"}),
        ("export", datatool.Run, {"yaml"}),
    ],
)
def test_keywords_are_the_options_of_the_command(name: str, owner: type, more: set[str]) -> None:
    """None is missing, and plain defaults are equal; what is printed or saved otherwise is left out."""
    module = importlib.import_module(f"datatool.cli._{name}")
    options = inspect.signature(spread(getattr(module, name))).parameters
    command = {key.rstrip("_"): one for key, one in options.items()}
    keywords = inspect.signature(getattr(owner, name)).parameters

    assert set() == set(command) - set(keywords) - _OTHERWISE - more
    shared = {key for key in command if key in keywords} - {"allow_outside_root"}  # rows in memory have no root
    plain = {key: command[key].default for key in shared if isinstance(command[key].default, int | float | str)}
    assert plain == {key: keywords[key].default for key in plain}


def test_a_data_set_is_shown_as_a_table_in_a_notebook(here: Path) -> None:
    """With names of files as text, whatever they hold."""
    data = datatool.read((["a.jpg", "b.jpg", "c.jpg"], [0, 1, 1]))
    assert "<td>train</td><td>real</td><td>3</td><td>2</td>" in data._repr_html_()
    (here / "<b>.txt").write_text("a.jpg 0\n")
    assert "<caption>&lt;Data: train &lt;b&gt;.txt&gt;</caption>" in datatool.read("<b>.txt")._repr_html_()


def test_copies_count_once_where_that_is_asked(here: Path) -> None:
    for number, colour in enumerate(("red", "red", "blue")):
        Image.new("RGB", (8, 8), colour).save(here / f"{number}.png")
    data = datatool.read((["0.png", "1.png", "2.png"], [0, 0, 1]), root=here)
    assert [1, 1] == data.balance("oversample", count="unique", out="u.plan").cells.num_rows.tolist()
