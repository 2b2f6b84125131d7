"""Logs of every form, told in order: the cause first, then what followed."""

from __future__ import annotations

import gzip
import json
import tracemalloc
from pathlib import Path

import pytest

from datatool.errors import DatasetError
from datatool.explain import explain
from datatool.schemas import ExplainDocument

SHM = "ERROR: Unexpected BUS error encountered in DataLoader worker. insufficient shared memory (shm)\n"
KILLED = "SystemError: (Fatal) Blocking queue is killed because the data reader raises an exception.\n"
LABEL = (
    "IndexError: (OutOfRange) label value should less than the shape of axis dimension when label value(10) not equal "
    "to ignore_index(-100), But received label value as 10 and shape of axis dimension is 10\n"
)
CUSTOM = 'Traceback (most recent call last):\n  File "own.py", line 3, in f\n    g()\nown.MaskError: mask 7 is empty\n'
STEP = "[2024/03/12 09:30:00] ppcls INFO: [Train][Epoch 1/20][Iter: 0/16]lr: 0.01, CELoss: 4.6, loss: 4.6\n"


def _explained(tmp_path: Path, text: str, name: str = "train.log") -> ExplainDocument:
    (tmp_path / name).write_text(text, encoding="utf-8")
    return explain(tmp_path / name)


def _rule(document: ExplainDocument) -> str | None:
    return None if document.cause is None else document.cause.rule


def test_a_catch_all_is_followed_backwards_to_the_nearest_line_of_another_kind(tmp_path: Path) -> None:
    """A failure of an earlier run in the same file is not taken for the cause."""
    document = _explained(tmp_path, LABEL + STEP * 50 + SHM + STEP + KILLED)
    assert _rule(document) == "worker-bus-error"
    assert [match.rule for match in document.followed] == ["blocking-queue-killed"]
    assert document.cause is not None
    assert (52, 1) == (document.cause.line, document.cause.count)


def test_a_catch_all_alone_says_what_it_may_come_from(tmp_path: Path) -> None:
    document = _explained(tmp_path, STEP + KILLED)
    assert _rule(document) == "blocking-queue-killed"
    assert document.cause is not None
    assert [one.verdict for one in document.cause.causes] == ["possible", "unlikely", "unlikely", "unlikely"]


def test_an_exception_that_no_rule_knows_is_shown_with_its_traceback(tmp_path: Path) -> None:
    document = _explained(tmp_path, STEP + CUSTOM)
    assert _rule(document) == "unknown-exception"
    assert document.traceback is not None
    assert (2, "own.MaskError: mask 7 is empty") == (document.traceback.line, document.traceback.lines[-1])


def test_the_first_of_several_unknown_tracebacks_is_the_one_of_the_end_of_the_run(tmp_path: Path) -> None:
    """An exception that was caught early and far from the end is no cause of it."""
    caught = CUSTOM.replace("mask 7", "mask 1")
    document = _explained(tmp_path, caught + STEP * 300 + CUSTOM)
    assert document.traceback is not None
    assert document.traceback.lines[-1] == "own.MaskError: mask 7 is empty"


def test_a_log_that_ends_inside_a_traceback_shows_what_there_is(tmp_path: Path) -> None:
    """As after a kill, or of a run that is still writing."""
    document = _explained(tmp_path, STEP + CUSTOM.rpartition("own.")[0])
    assert _rule(document) == "unknown-exception"
    assert document.traceback is not None
    assert "ends inside" in document.traceback.lines[-1]


def test_a_known_failure_right_above_an_unknown_exception_is_the_cause(tmp_path: Path) -> None:
    assert _rule(_explained(tmp_path, LABEL + CUSTOM)) == "label-above-class-num"


def test_prefixes_of_ranks_colours_and_crlf_do_not_hide_a_line(tmp_path: Path) -> None:
    text = "".join(f"[rank1]: \x1b[31m{line}\x1b[0m\r\n" for line in (CUSTOM + LABEL).splitlines())
    document = _explained(tmp_path, text)
    assert _rule(document) == "label-above-class-num"
    assert document.cause is not None
    assert "\x1b" not in document.cause.text


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gzip"])
def test_a_log_is_read_in_any_encoding_that_its_first_bytes_tell(tmp_path: Path, encoding: str) -> None:
    text = STEP + SHM + KILLED
    log = tmp_path / "a b é.log"
    log.write_bytes(gzip.compress(text.encode()) if encoding == "gzip" else text.encode(encoding))
    document = explain(log)
    assert (3, "worker-bus-error") == (document.lines, _rule(document))


@pytest.mark.parametrize("length", [2, 60])
def test_a_torn_gzip_log_is_one_sentence(tmp_path: Path, length: int) -> None:
    (tmp_path / "torn.gz").write_bytes(gzip.compress(STEP.encode() * 1000)[:length])
    with pytest.raises(DatasetError, match="a gzip log must be whole"):
        explain(tmp_path / "torn.gz")


@pytest.mark.parametrize("data", [b"", b"\n", b"\xff\xfe"])
def test_what_is_no_log_gives_nothing(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "odd.log").write_bytes(data)
    assert _rule(explain(tmp_path / "odd.log")) is None


def test_a_line_without_an_end_is_read_in_bounded_memory(tmp_path: Path) -> None:
    """A progress bar that never ends its line, 40 MB of it, and the failure behind it."""
    log = tmp_path / "bar.log"
    log.write_text("\r 12%|###   | 12/100 [00:12<01:20]" * 1_200_000 + "\n" + LABEL)
    tracemalloc.start()
    document = explain(log)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert _rule(document) == "label-above-class-num"
    assert peak < 30 << 20


def test_counts_are_exact_over_many_blocks(tmp_path: Path) -> None:
    line = "ppcls ERROR: Exception occured when parse line: {}.jpg with msg: cannot identify image file\n"
    document = _explained(tmp_path, "".join(STEP * 20 + line.format(number % 7) for number in range(500)))
    assert document.cause is not None
    assert ("picture-replaced", 500, 21) == (document.cause.rule, document.cause.count, document.cause.line)
    assert document.lines == 500 * 21


def test_the_rank_that_failed_first_is_named_by_what_and_when(tmp_path: Path) -> None:
    """Rank 0 waits and times out, rank 2 ran out of memory before rank 1 met its label."""
    folder = tmp_path / "log"
    folder.mkdir()
    timeout = "Watchdog caught collective operation timeout: WorkNCCL\n"
    memory = "CUDA out of memory. Tried to allocate 1.5 GiB\n"
    for rank, text in enumerate(
        (
            f"2024-03-12 09:30:00 start\n{timeout}",
            f"2024-03-12 09:31:07 step\n{LABEL}",
            f"2024-03-12 09:31:02 step\n{memory}",
        )
    ):
        (folder / f"workerlog.{rank}").write_text(text)
    (folder / "workerlog.10").write_text("2024-03-12 09:30:00 start\n")
    document = explain(folder)
    assert [file.rank for file in document.files] == [0, 1, 2, 10]
    assert (str(folder / "workerlog.2"), "gpu-out-of-memory") == (document.first_failed, _rule(document))


def test_the_rank_that_the_launcher_names_failed_first(tmp_path: Path) -> None:
    for rank in (0, 1):
        (tmp_path / f"workerlog.{rank}").write_text(LABEL)
    (tmp_path / "launch.log").write_text(
        "ABORT!!! Out of all 2 trainers, the trainer process with rank=[1] was aborted.\n"
    )
    assert explain(tmp_path).first_failed == str(tmp_path / "workerlog.1")


@pytest.mark.parametrize("name", ["none.log", "empty"])
def test_no_log_is_one_sentence(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(DatasetError, match="must"):
        explain(tmp_path / name)


def test_harmless_lines_are_named_as_such_and_are_no_cause(tmp_path: Path) -> None:
    text = "The output dims(3) is less than k(5), so the Top-5 metric is meaningless\n" + STEP
    document = _explained(tmp_path, text)
    assert document.cause is None
    assert ["topk-larger-than-classes"] == [match.rule for match in document.harmless]


def test_a_retry_that_ended_well_is_no_failure(tmp_path: Path) -> None:
    retry = "Retry to connect to 10.0.0.1:45911 while the server is not yet listening.\n"
    assert _rule(_explained(tmp_path, retry * 5 + "Successfully connected to 10.0.0.1:45911\n")) is None
    assert _rule(_explained(tmp_path, retry * 5)) == "connection-awaited"


def test_commands_name_what_the_log_names_and_quote_it(tmp_path: Path) -> None:
    settings = ("Arch : ", "    class_num : 10", "DataLoader : ", "    Train : ", "        dataset : ")
    named = ("            cls_label_path : ./my data/train.txt", "            image_root : ./data; rm -rf x")
    text = "".join(f"[2024/03/12 09:30:00] ppcls INFO: {line}\n" for line in (*settings, *named))
    document = _explained(tmp_path, text + LABEL)
    assert document.cause is not None
    expected = "datatool audit './my data/train.txt' --root './data; rm -rf x' --split val=VAL --class-num 10"
    assert expected == document.cause.run


def test_a_document_is_json_of_its_schema(tmp_path: Path) -> None:
    document = _explained(tmp_path, SHM + KILLED + CUSTOM)
    assert json.loads(document.to_json())["schema"] == "datatool.explain/1"
