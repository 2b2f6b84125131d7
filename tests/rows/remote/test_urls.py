"""Data sets on buckets read as the same files do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from datatool.errors import DatasetError
from datatool.rows import listed_paths, open_rows, resolve
from tests.helpers.buckets import Bucket
from tests.helpers.containers import named_pictures, write_files, write_tar, write_zip

FILES = named_pictures(12)


def _rows(dataset: str, **options: Any) -> list[tuple[str, int, str, str]]:
    with open_rows(resolve(dataset, **options)) as rows:
        return rows.read().execute("SELECT path, label, source, split FROM rows ORDER BY ALL").fetchall()  # type: ignore[no-any-return]


@pytest.fixture
def local(tmp_path: Path, bucket: Bucket) -> Path:
    """A folder with everything, which the bucket holds too."""
    write_files(tmp_path / "images", FILES)
    half = dict(list(FILES.items())[:6])
    write_tar(tmp_path / "tars/t-0.tar", half)
    write_tar(tmp_path / "tars/t-1.tar", {name: data for name, data in FILES.items() if name not in half})
    write_zip(tmp_path / "all.zip", FILES)
    (tmp_path / "t.csv").write_text("image,label\n" + "".join(f"{name},{name[1]}\n" for name in FILES))
    write_files(tmp_path / "splits/train", FILES)
    write_files(tmp_path / "splits/val", FILES)
    for odd in tmp_path.glob("splits/*/list.txt"):
        odd.unlink()
    bucket.put_folder("d", tmp_path)
    return tmp_path


@pytest.mark.parametrize("given", ["images/list.txt", "t.csv", "images", "splits", "tars/t-*.tar", "all.zip"])
def test_a_url_reads_as_the_path(bucket: Bucket, local: Path, given: str) -> None:
    assert _rows(f"{bucket.s3}/d/{given}") == _rows(str(local / given))


@pytest.mark.parametrize("given", ["images/list.txt", "t.csv", "tars/t-{0..1}.tar", "all.zip"])
def test_http_has_all_but_listings(bucket: Bucket, local: Path, given: str) -> None:
    assert _rows(f"{bucket.http}/d/{given}") == _rows(str(local / given))


@pytest.mark.parametrize("given", ["tars/t-*.tar", "images/*.txt"])
def test_a_pattern_over_http_is_refused_with_the_way_on(bucket: Bucket, local: Path, given: str) -> None:
    with pytest.raises(DatasetError, match=r"which list what they hold.*\{000\.\.012\}"):
        resolve(f"{bucket.http}/d/{given}")


def test_a_dataset_file_joins_places_of_both_kinds(bucket: Bucket, local: Path) -> None:
    file = local / "dataset.yaml"
    file.write_text(
        f"schema: datatool.dataset/1\ntrain:\n  - {{list: {bucket.s3}/d/images/list.txt, root: {bucket.s3}/d/images}}\n"
        f"  - {{list: images/list.txt, root: '{bucket.http}/d/images', source: synthetic}}\n"
        f"val: [{{shards: '{bucket.s3}/d/tars/t-*.tar'}}]\nnames: {bucket.s3}/d/names.txt\n"
    )
    bucket.put("d/names.txt", b"0 c0\n1 c1\n2 c2\n")
    with open_rows(resolve(str(file))) as rows:
        found = rows.read().execute("SELECT split, source, count(*) FROM rows GROUP BY ALL ORDER BY ALL").fetchall()
        roots = {str(part.root) for part in rows.dataset.parts}
    assert found == [("train", "real", 12), ("train", "synthetic", 12), ("val", "real", 12)]
    assert roots == {
        f"{bucket.s3}/d/images",
        f"{bucket.http}/d/images",
        *(f"{bucket.s3}/d/tars/t-{n}.tar" for n in (0, 1)),
    }


def test_a_dataset_file_on_a_bucket_takes_paths_from_its_own_folder(bucket: Bucket, local: Path) -> None:
    text = "schema: datatool.dataset/1\ntrain: [{list: images/list.txt}, {zip: ./all.zip}]\nnames: n.txt\n"
    bucket.put("d/dataset.yaml", text.encode())
    bucket.put("d/n.txt", b"0 c0\n1 c1\n2 c2\n")
    assert len(_rows(f"{bucket.s3}/d/dataset.yaml")) == len(_rows(f"{bucket.s3}/d")) == 2 * len(FILES)


def test_labels_beside_pictures_cost_no_requests_of_their_own(bucket: Bucket, tmp_path: Path) -> None:
    files: dict[str, bytes] = {}
    for number in range(50):
        files |= {f"{number:03}.jpg": b"x" * 900, f"{number:03}.cls": b"%d" % (number % 3)}
    url = bucket.put("s.tar", write_tar(tmp_path / "s.tar", files))
    assert _rows(url) == _rows(str(tmp_path / "s.tar"))
    assert len(bucket.server.requests) <= 3


def test_one_image_is_one_image_by_path_and_by_url(bucket: Bucket, tmp_path: Path) -> None:
    list_ = tmp_path / "l.txt"
    list_.write_text(f"a.jpg 0\n./a.jpg 0\n{bucket.s3}/images/a.jpg 0\nb.jpg 1\n")
    with open_rows(resolve(str(list_), root=f"{bucket.s3}/images")) as rows:
        rows.read()
        [(count,)] = rows.read().execute(f"SELECT count(DISTINCT {rows.identity}) FROM rows").fetchall()
    assert count == 2


def test_paths_of_a_list_on_a_bucket_never_lead_to_this_machine(bucket: Bucket, tmp_path: Path) -> None:
    (tmp_path / "secret.jpg").write_bytes(b"secret")
    url = bucket.put("l.txt", f"{tmp_path}/secret.jpg 0\n".encode())
    [found] = listed_paths(resolve(url))
    assert found.path == f"{bucket.s3}/{tmp_path}/secret.jpg"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("s3:/bucket/l.txt", "did you mean 's3://bucket/l.txt'"),
        ("S3://bucket/l.txt", "did you mean 's3://bucket/l.txt'"),
        ("gcs://bucket/l.txt", "did you mean 'gs://bucket/l.txt'"),
        ("ftp://host/l.txt", "or a URL of s3://"),
        ("s3://", "must name its bucket"),
        ("https://user:hunter2@host/l.txt", "no password"),
        ("https://host/l.txt?sig=hunter2", "no query"),
        ("https:/host/l.txt?sig=hunter2", "must begin with"),
    ],
)
def test_what_was_meant_to_be_a_url_is_told(given: str, said: str) -> None:
    with pytest.raises(DatasetError, match=said) as caught:
        resolve(given)
    assert "hunter2" not in str(caught.value)
    with pytest.raises(DatasetError, match=said):
        resolve("-", root=given)


def test_a_secret_in_a_path_of_a_list_is_refused_with_its_line(tmp_path: Path) -> None:
    list_ = tmp_path / "l.txt"
    list_.write_text("a.jpg 0\nhttps://host/b.jpg?X-Amz-Signature=hunter2 1\n")
    with pytest.raises(DatasetError, match=r"l\.txt:2") as caught, open_rows(resolve(str(list_))) as rows:
        rows.read()
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("given", ["gone.txt", "gone", "gone-*.tar", "gone.tar"])
def test_what_is_not_there_is_said(bucket: Bucket, given: str) -> None:
    with pytest.raises(DatasetError, match="gone"), open_rows(resolve(f"{bucket.s3}/{given}")) as rows:
        rows.read()
