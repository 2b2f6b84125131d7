from __future__ import annotations

import gzip
import hashlib
import os
import shlex
import signal
import subprocess
import sys
import tarfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from datatool.balance import make_plan
from datatool.errors import ConfigError, DatasetError, LoaderError
from datatool.loader import BalancedLoader
from datatool.pack import PackOptions, index_containers, parse_bytes, unpacked
from datatool.rows import open_rows, resolve
from datatool.schemas import Plan, sole_writer
from tests.helpers.containers import named_pictures, write_files, write_tar, write_zip
from tests.helpers.packs import READ_BACK, packed
from tests.helpers.program import Cli
from tests.helpers.written_plans import LOADER_OPTIONS, pixels


def _plan(dataset: object, out: Path, **given: Any) -> Plan:
    with open_rows(resolve(str(dataset), **given)) as rows:
        return make_plan(rows, strategy="oversample", out=out, seed=5)


def _written(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def _class_folders(folder: Path) -> tuple[str, dict[str, Any]]:
    write_files(folder / "set", named_pictures())
    (folder / "set" / "list.txt").unlink()
    return str(folder / "set"), {}


def _list_with_names_beside(folder: Path) -> tuple[str, dict[str, Any]]:
    listed = write_files(folder, named_pictures())
    (folder / "label_list.txt").write_text("0 a\n1 b\n2 c\n7 never seen\n")
    return str(listed), {}


def _joined(folder: Path) -> tuple[str, dict[str, Any]]:
    """Splits, sources, two roots with equal paths, a row listed twice, and a class that is left out."""
    files = named_pictures()
    write_files(folder / "one", files)
    write_files(folder / "two", dict(zip(files, reversed(list(files.values())), strict=True)))
    first = next(iter(files))
    (folder / "one" / "list.txt").write_text((folder / "one" / "list.txt").read_text() + f"./{first} {first[1]}\n")
    (folder / "names.txt").write_text("0 a\n1 b\n2 c\n9 more\n")
    (folder / "data.yaml").write_text(
        "schema: datatool.dataset/1\nnames: names.txt\nselect: [a, c]\n"
        "train: [{list: two/list.txt, source: made/up}, {list: one/list.txt}, {list: two/list.txt, source: made_up}]\n"
        "val: [{list: one/list.txt}]\n"
    )
    return str(folder / "data.yaml"), {"synthetic": ["c0/*1*"]}


def _tar(folder: Path) -> tuple[str, dict[str, Any]]:
    return str(write_tar(folder / "a.tar", named_pictures())), {}


@pytest.mark.parametrize("given", [_class_folders, _list_with_names_beside, _joined, _tar])
def test_a_pack_has_the_fingerprint_and_the_batches_of_what_it_was_made_from(
    tmp_path: Path, given: Callable[[Path], tuple[str, dict[str, Any]]]
) -> None:
    dataset, options = given(tmp_path)
    document = packed(dataset, tmp_path / "pack", **options)
    assert document.complete
    assert document.shards > 1
    first = _plan(dataset, tmp_path / "first.plan", **options)
    again = _plan(tmp_path / "pack", tmp_path / "again.plan")
    assert again.fingerprint == first.fingerprint
    batches = []
    for plan in (first, again):
        with BalancedLoader(plan.folder, **LOADER_OPTIONS) as loader:
            batches.append(list(loader.epoch(1)))
    assert np.array_equal(pixels(batches[0]), pixels(batches[1]))


def test_shards_are_tars_that_webdataset_reads(tmp_path: Path, process: Cli) -> None:
    pytest.importorskip("webdataset")
    files = named_pictures()
    packed(write_files(tmp_path, files), tmp_path / "pack")
    shards = sorted(str(shard) for shard in (tmp_path / "pack").glob("train-*.tar"))
    done = process("-W", "ignore", "-c", READ_BACK, *shards)  # it leaves files open, which would fail a test here
    assert done.code == 0, done.err
    expected = sorted(f"{hashlib.blake2b(data).hexdigest()} {name[1]}" for name, data in files.items())
    assert sorted(done.out.split("\n")[:-1]) == expected


def test_members_lie_where_the_manifest_says_with_the_digest_it_says(tmp_path: Path) -> None:
    files = named_pictures()
    listed = write_files(tmp_path, files)
    packed(listed, tmp_path / "pack")
    table = pa.ipc.open_file(tmp_path / "pack" / "manifest-0.arrow").read_all()
    assert table.num_rows == len(files)
    for row in table.to_pylist():
        with tarfile.open(tmp_path / "pack" / row["container"]) as archive:
            member = archive.getmember(row["member"])
            data = archive.extractfile(member)
            label = archive.extractfile(row["member"].replace(".jpg", ".cls"))
            assert data is not None
            assert label is not None
            assert (member.offset_data, member.size, data.read()) == (row["offset"], row["length"], files[row["path"]])
            assert label.read().decode() == str(row["label"])
        assert hashlib.blake2b(files[row["path"]], digest_size=16).hexdigest() == row["digest"]
        assert listed.read_text().split("\n")[row["line"] - 1] == f"{row['path']} {row['label']}"
        assert row["file"] == str(listed)


def test_classes_are_mixed_in_every_shard_by_the_seed(tmp_path: Path) -> None:
    listed = write_files(tmp_path, named_pictures(60))
    packed(listed, tmp_path / "pack")
    with tarfile.open(tmp_path / "pack" / "train-00000.tar") as archive:
        labels = [archive.extractfile(m).read() for m in archive if m.name.endswith(".cls")]  # type: ignore[union-attr]
    assert len(set(labels)) == 3
    packed(listed, tmp_path / "other", options=PackOptions(shard_bytes=1 << 16, seed=1))
    shards = [(tmp_path / each / "train-00000.tar").read_bytes() for each in ("pack", "other")]
    assert shards[0] != shards[1]


def test_the_same_rows_give_the_same_bytes_and_a_finished_pack_is_left_alone(tmp_path: Path) -> None:
    listed = write_files(tmp_path, named_pictures())
    first = packed(listed, tmp_path / "a")
    packed(listed, tmp_path / "b")
    written = _written(tmp_path / "a")
    assert written == _written(tmp_path / "b")
    assert not any(name.startswith(".") for name in written)
    times = {file: file.stat().st_mtime_ns for file in (tmp_path / "a").iterdir()}
    assert packed(listed, tmp_path / "a") == first
    assert times == {file: file.stat().st_mtime_ns for file in (tmp_path / "a").iterdir()}


def test_a_pack_that_was_killed_goes_on_and_ends_as_one_that_was_not(tmp_path: Path) -> None:
    listed = write_files(tmp_path, named_pictures(120))
    out = tmp_path / "killed"
    command = [sys.executable, "-m", "datatool", "pack", str(listed), "-o", str(out), "--shard-bytes", "64KiB"]
    for number in (1, 3):
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 60
        while process.poll() is None and len(list(out.glob("*.tar"))) < number and time.monotonic() < deadline:
            time.sleep(0.001)
        process.send_signal(signal.SIGKILL)
        process.wait()
    done = packed(listed, out)
    whole = packed(listed, tmp_path / "whole")
    assert done.model_copy(update={"kept": 0}) == whole
    expected, found = (_written(tmp_path / name) for name in ("whole", "killed"))
    assert {k: v for k, v in found.items() if k != "pack.json"} == {
        k: v for k, v in expected.items() if k != "pack.json"
    }


def test_a_folder_of_other_rows_other_settings_or_something_else_is_refused(tmp_path: Path) -> None:
    listed = write_files(tmp_path, named_pictures())
    packed(listed, tmp_path / "pack")
    with pytest.raises(ConfigError, match=r"--shard-bytes 65536; got 131072.*choose another -o"):
        packed(listed, tmp_path / "pack", options=PackOptions(shard_bytes=1 << 17))
    listed.write_text(listed.read_text().replace(" 1\n", " 0\n", 1))
    with pytest.raises(ConfigError, match="got a data set that changed"):
        packed(listed, tmp_path / "pack")
    with pytest.raises(ConfigError, match="new or an earlier run's"):
        packed(listed, tmp_path)
    with sole_writer(tmp_path / "held"), pytest.raises(ConfigError, match="held"):
        packed(listed, tmp_path / "held")


def test_images_that_cannot_be_read_are_named_and_are_packed_once_they_can(tmp_path: Path) -> None:
    files = named_pictures()
    listed = write_files(tmp_path, files)
    gone = tmp_path / list(files)[3]
    gone.unlink()
    with pytest.raises(DatasetError, match=r"got 1 of 20.*No such file.*--max-errors"):
        packed(listed, tmp_path / "pack")
    some = PackOptions(shard_bytes=1 << 16, max_errors=0.1)
    document = packed(listed, tmp_path / "some", options=some)
    assert (document.images, document.rejected, document.rows, document.left_out) == (19, 1, 19, 1)
    assert list(files)[3] in (tmp_path / "some" / "rejected.tsv").read_text()
    gone.write_bytes(files[list(files)[3]])
    assert packed(listed, tmp_path / "pack").images == 20
    whole = packed(listed, tmp_path / "whole")
    assert whole.shards == len(list((tmp_path / "pack").glob("*.tar")))


def test_larger_images_are_shrunk_where_that_is_asked_for(tmp_path: Path) -> None:
    from datatool.images import read_header

    listed = write_files(tmp_path, named_pictures())
    packed(listed, tmp_path / "pack", options=PackOptions(shard_bytes=1 << 16, short_side=32))
    table = pa.ipc.open_file(tmp_path / "pack" / "manifest-0.arrow").read_all().to_pylist()
    for row in table:
        data = (tmp_path / "pack" / row["container"]).read_bytes()[row["offset"] : row["offset"] + row["length"]]
        assert min(read_header(data).width, read_header(data).height) == 32


def test_a_pack_of_shrunk_pictures_is_another_data_set_for_a_resumed_run(tmp_path: Path) -> None:
    """Its bytes differ from those a run began with; a pack made of it says so too, and one of the files does not."""
    listed = write_files(tmp_path, named_pictures())
    packed(listed, tmp_path / "whole", options=PackOptions(shard_bytes=1 << 12))
    packed(listed, tmp_path / "small", options=PackOptions(shard_bytes=1 << 12, short_side=32))
    packed(tmp_path / "small", tmp_path / "again")
    plans = {name: _plan(tmp_path / name, tmp_path / f"{name}.plan") for name in ("whole", "small", "again")}
    first = _plan(listed, tmp_path / "first.plan")
    assert plans["whole"].fingerprint == first.fingerprint
    assert plans["small"].fingerprint != first.fingerprint
    assert plans["again"].fingerprint == plans["small"].fingerprint
    with BalancedLoader(first, **LOADER_OPTIONS) as loader:
        state = loader.state_dict()
    with (
        BalancedLoader(plans["small"], **LOADER_OPTIONS) as loader,
        pytest.raises(LoaderError, match="must have the same fingerprint"),
    ):
        loader.load_state_dict(state)


def test_what_cannot_be_read_in_place_is_packed(tmp_path: Path) -> None:
    files = named_pictures()
    plain = write_tar(tmp_path / "a.tar", files)
    (tmp_path / "a.tar.gz").write_bytes(gzip.compress(plain.read_bytes()))
    write_zip(tmp_path / "a.zip", files, how=zipfile.ZIP_DEFLATED)
    first = _plan(plain, tmp_path / "first.plan")
    for name in ("a.tar.gz", "a.zip"):
        out = tmp_path / f"{name}.pack"

        def unpack(path: str, out: Path = out) -> str:
            return unpacked(path, folder=out / ".unpacked")

        document = packed(tmp_path / name, out, unpack=unpack)
        assert document.images == len(files)
        assert not (out / ".unpacked").exists()
        assert _plan(out, tmp_path / f"{name}.plan").fingerprint == first.fingerprint


@pytest.mark.parametrize("name", ["a.zip", "a.tar.gz"])
def test_a_list_whose_root_is_compressed_is_told_by_balance_and_packed(tmp_path: Path, name: str, cli: Cli) -> None:
    """Its plan is that of the files; what is left out is named by the list, not by a copy that is gone."""
    files = named_pictures()
    listed = write_files(tmp_path / "files", files)
    listed.write_text(listed.read_text() + "no-label.jpg\n")
    write_zip(tmp_path / "a.zip", files, how=zipfile.ZIP_DEFLATED)
    (tmp_path / "a.tar.gz").write_bytes(gzip.compress(write_tar(tmp_path / "a.tar", files).read_bytes()))
    given = (listed, "--root", tmp_path / name)
    refused = cli("balance", *given, "--skip-faulty", "-o", tmp_path / "no.plan")
    assert refused.code == 2
    assert f"datatool pack {shlex.join(map(str, given))} -o DIR" in refused.err
    done = cli("pack", *given, "-o", tmp_path / "out")
    assert done.code == 0, done.err
    assert f"{listed}\t21\tE101\tno-label.jpg" in (tmp_path / "out" / "rejected.tsv").read_text()
    plain = _plan(tmp_path / "out", tmp_path / "p.plan")
    assert plain.num_rows == len(files)
    assert "files" not in (tmp_path / "out" / "dataset.yaml").read_text()


def test_a_compressed_zip_keeps_its_own_name_where_rows_are_named(tmp_path: Path, cli: Cli) -> None:
    """In what is stated, and in the manifest."""
    write_zip(tmp_path / "set.zip", named_pictures(), how=zipfile.ZIP_DEFLATED)
    done = cli("pack", tmp_path / "set.zip", "-o", tmp_path / "out")
    assert f"{tmp_path / 'set.zip'}: columns: name as path" in done.err
    table = pa.ipc.open_file(tmp_path / "out" / "manifest-0.arrow").read_all()
    assert table.column("file").combine_chunks().dictionary.to_pylist() == [str(tmp_path / "set.zip")]


def test_a_manifest_is_written_in_pieces_with_one_dictionary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that millions of rows are never held at once; what is read back is the same."""
    monkeypatch.setattr("datatool.pack._manifest.Manifest._HELD", 3)
    listed = write_files(tmp_path / "files", named_pictures(40))
    assert packed(listed, tmp_path / "out").shards == 3
    with pa.OSFile(str(tmp_path / "out" / "manifest-0.arrow")) as source:
        reader = pa.ipc.open_file(source)
        assert (reader.num_record_batches, reader.read_all().num_rows) == (14, 40)
    assert _plan(tmp_path / "out", tmp_path / "a.plan").fingerprint == _plan(listed, tmp_path / "b.plan").fingerprint


def test_sparse_files_are_filled_and_plain_containers_taken_as_they_are(tmp_path: Path) -> None:
    with (tmp_path / "hole.jpg").open("wb") as stream:
        stream.seek(1 << 20)
        stream.write(b"end")
    subprocess.run(["tar", "-cSf", "s.tar", "hole.jpg"], cwd=tmp_path, check=True)
    filled = unpacked(str(tmp_path / "s.tar"), folder=tmp_path / "un")
    [found] = index_containers([filled]).containers
    assert (found.members, found.bytes) == (1, (1 << 20) + 3)
    assert unpacked(filled, folder=tmp_path / "un") == filled


def test_a_compressed_tar_that_is_cut_is_refused_and_nothing_is_left(tmp_path: Path) -> None:
    whole = gzip.compress(write_tar(tmp_path / "a.tar", named_pictures()).read_bytes())
    (tmp_path / "cut.tar.gz").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(DatasetError, match=r"must be whole.*cut\.tar\.gz"):
        unpacked(str(tmp_path / "cut.tar.gz"), folder=tmp_path / "un")
    assert list((tmp_path / "un").iterdir()) == []


def test_a_shard_of_a_pack_that_is_missing_or_cut_is_named(tmp_path: Path) -> None:
    packed(write_files(tmp_path, named_pictures()), tmp_path / "pack")
    shard = tmp_path / "pack" / "train-00000.tar"
    os.truncate(shard, 1024)
    with pytest.raises(DatasetError, match=r"bytes; got 1,024 \(.*train-00000\.tar\)"):
        _plan(tmp_path / "pack", tmp_path / "p.plan")
    shard.unlink()
    with pytest.raises(DatasetError, match=r"must be there.*train-00000\.tar"):
        _plan(tmp_path / "pack", tmp_path / "p.plan")


def test_the_commands_say_what_they_did(tmp_path: Path, cli: Cli) -> None:
    write_files(tmp_path / "my data", named_pictures())
    out = tmp_path / "out"
    packed = cli("pack", tmp_path / "my data" / "list.txt", "-o", out, "--shard-bytes", "64KiB", "--json")
    assert packed.code == 0
    assert '"images": 20' in packed.out
    indexed = cli("index", out / "*.tar", out / "manifest-0.arrow")
    assert indexed.code == 0
    assert "manifest-0.arrow: pack, 20 members" in indexed.out
    refused = cli("index", tmp_path / "my data" / "list.txt")
    assert refused.code == 2
    assert "a container must be a plain tar or a zip" in refused.err


@pytest.mark.parametrize("text", ["", "12 XB", "-1", "1.5MiB"])
def test_a_size_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="a size must be a number"):
        parse_bytes(text)
    with pytest.raises(ConfigError, match="at least 1,024"):
        PackOptions(shard_bytes=1000)
