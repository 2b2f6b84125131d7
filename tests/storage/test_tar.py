from __future__ import annotations

import io
import os
import subprocess
import tarfile
from pathlib import Path

import pytest

from datatool.errors import DatasetError
from datatool.storage import members_of
from tests.helpers.containers import write_tar

LONG = "a" * 80 + "/" + "b" * 90 + "/picture.jpg"


def _bytes(tar: Path) -> dict[str, bytes]:
    """What our table says that a tar holds."""
    members = members_of(str(tar))
    data = tar.read_bytes()
    spans = [(name, *members.span_at(place)[1:]) for place, name in enumerate(members.names)]
    return {name: data[offset : offset + length] for name, offset, length in spans}


def _theirs(tar: Path) -> dict[str, bytes]:
    """What tarfile says."""
    with tarfile.open(tar, "r:") as archive:
        files = [member for member in archive if member.isfile() or member.islnk() or member.issym()]
        return {member.name: stream.read() for member in files if (stream := archive.extractfile(member)) is not None}


@pytest.mark.parametrize("kind", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_names_of_every_format_are_those_of_tarfile(tmp_path: Path, kind: int) -> None:
    names = ["a.jpg", "dir/b.jpg", "x" * 99, "dir with space/ü.jpg", "./c.jpg"]
    names += [LONG] if kind != tarfile.USTAR_FORMAT else ["p" * 120 + "/" + "q" * 60]
    tar = write_tar(tmp_path / "a.tar", {name: name.encode() for name in names}, format=kind)
    assert _bytes(tar) == _theirs(tar)
    assert list(_bytes(tar)) == names


def test_links_have_the_bytes_of_what_they_name(tmp_path: Path) -> None:
    tar = tmp_path / "links.tar"
    with tarfile.open(tar, "w") as archive:
        for name, kind, target in (
            ("d/a.jpg", tarfile.REGTYPE, ""),
            ("hard.jpg", tarfile.LNKTYPE, "d/a.jpg"),
            ("d/soft.jpg", tarfile.SYMTYPE, "a.jpg"),
            ("gone.jpg", tarfile.SYMTYPE, "nowhere.jpg"),
        ):
            info = tarfile.TarInfo(name)
            info.type, info.linkname, info.size = kind, target, 3 if not target else 0
            archive.addfile(info, io.BytesIO(b"abc"))
    assert _bytes(tar) == {"d/a.jpg": b"abc", "hard.jpg": b"abc", "d/soft.jpg": b"abc"}
    assert members_of(str(tar)).notes == {"links to what is not in the archive, left out": (1, "gone.jpg")}


def test_of_a_name_that_comes_again_the_last_stands_and_it_is_counted(tmp_path: Path) -> None:
    tar = write_tar(tmp_path / "a.tar", [("a.jpg", b"old"), ("b.jpg", b"b"), ("a.jpg", b"new")])
    assert _bytes(tar) == {"b.jpg": b"b", "a.jpg": b"new"}
    assert members_of(str(tar)).notes == {"names that come again, of which the last stands": (1, "a.jpg")}


def test_archives_one_behind_the_other_are_read_to_the_last(tmp_path: Path) -> None:
    first = write_tar(tmp_path / "1.tar", {"a.jpg": b"a"}).read_bytes()
    second = write_tar(tmp_path / "2.tar", {"b.jpg": b"b"}).read_bytes()
    both = tmp_path / "both.tar"
    both.write_bytes(first + second)
    assert _bytes(both) == {"a.jpg": b"a", "b.jpg": b"b"}


def test_a_member_past_8_gib_has_its_size_in_binary(tmp_path: Path) -> None:
    tar, size = tmp_path / "large.tar", (8 << 30) + 5
    info = tarfile.TarInfo("large.jpg")
    info.size = size
    with tar.open("wb") as stream:
        stream.write(info.tobuf(tarfile.GNU_FORMAT))
        stream.seek(-(-size // 512) * 512, os.SEEK_CUR)
        last = tarfile.TarInfo("b.jpg")
        last.size = 1
        stream.write(last.tobuf() + b"b".ljust(512, b"\0") + bytes(1024))
    members = members_of(str(tar))
    assert members.names == ["large.jpg", "b.jpg"]
    assert members.length.tolist() == [size, 1]


def test_a_size_in_pax_records_stands_over_that_of_the_header(tmp_path: Path) -> None:
    tar = tmp_path / "pax.tar"
    info = tarfile.TarInfo("a.jpg")
    info.pax_headers = {"size": "3", "comment": "x=y"}
    head = info.tobuf(tarfile.PAX_FORMAT)
    tar.write_bytes(head + b"abc".ljust(512, b"\0") + bytes(1024))
    assert _bytes(tar) == {"a.jpg": b"abc"}


def test_the_oldest_tars_have_no_magic_and_are_read(tmp_path: Path) -> None:
    info = tarfile.TarInfo("a.jpg")
    info.size = 1
    head = bytearray(info.tobuf(tarfile.USTAR_FORMAT))
    head[257:512] = bytes(255)
    head[148:156] = b" " * 8
    head[148:156] = b"%06o\0 " % sum(head)
    tar = tmp_path / "v7.tar"
    tar.write_bytes(bytes(head) + b"x".ljust(512, b"\0") + bytes(1024))
    assert _bytes(tar) == {"a.jpg": b"x"}


def test_an_empty_tar_holds_nothing(tmp_path: Path) -> None:
    assert _bytes(write_tar(tmp_path / "empty.tar", {})) == {}


@pytest.mark.parametrize("sparse", ["--format=gnu", "--format=pax"])
def test_sparse_files_are_refused_by_name(tmp_path: Path, sparse: str) -> None:
    with (tmp_path / "hole.jpg").open("wb") as stream:
        stream.write(b"a" * 4096)
        stream.seek(1 << 20)
        stream.write(b"b" * 4096)
    subprocess.run(["tar", "-cSf", "s.tar", sparse, "hole.jpg"], cwd=tmp_path, check=True)
    with pytest.raises(DatasetError, match=r"sparse file '.*hole\.jpg'.*s\.tar.*datatool pack"):
        members_of(str(tmp_path / "s.tar"))


def test_a_tar_that_is_cut_anywhere_is_refused(tmp_path: Path) -> None:
    whole = write_tar(tmp_path / "a.tar", {f"{n}.jpg": bytes([n]) * 700 for n in range(1, 6)}).read_bytes()
    end = len(whole.rstrip(b"\0")) // 512 * 512 + 512
    cut = tmp_path / "cut.tar"
    for size in (*range(1, end, 211), end):
        cut.write_bytes(whole[:size])
        with pytest.raises(DatasetError, match=r"must"):
            members_of(str(cut))


def test_a_tar_without_its_end_marker_is_refused(tmp_path: Path) -> None:
    tar = write_tar(tmp_path / "a.tar", {"a.jpg": b"abc"})
    tar.write_bytes(tar.read_bytes()[:1024])
    with pytest.raises(DatasetError, match="end marker"):
        members_of(str(tar))


def test_a_flipped_bit_in_a_header_is_named_with_its_place(tmp_path: Path) -> None:
    tar = write_tar(tmp_path / "a.tar", {"a.jpg": b"abc", "b.jpg": b"abc"})
    data = bytearray(tar.read_bytes())
    data[1024] ^= 1
    tar.write_bytes(data)
    with pytest.raises(DatasetError, match=r"sum is wrong at byte 1,024"):
        members_of(str(tar))


def test_many_members_are_those_that_tarfile_finds(tmp_path: Path) -> None:
    head = tarfile.TarInfo("c/00000000.jpg")
    head.size = 1000
    blocks = []
    for number in range(20_000):
        head.name = f"c/{number:08d}.jpg"
        blocks.append(head.tobuf(tarfile.USTAR_FORMAT) + bytes(1024))
    tar = tmp_path / "many.tar"
    tar.write_bytes(b"".join(blocks) + bytes(1024))
    members = members_of(str(tar))
    with tarfile.open(tar) as archive:
        theirs = [(member.name, member.offset_data, member.size) for member in archive]
    assert list(zip(members.names, members.offset.tolist(), members.length.tolist(), strict=True)) == theirs
