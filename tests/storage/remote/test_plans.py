"""Plans that lie on a bucket."""

from __future__ import annotations

import json
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from datatool.balance import make_plan
from datatool.doctor import check_plan
from datatool.errors import ConfigError, DatatoolError, PlanError
from datatool.loader import BalancedLoader
from datatool.rows import open_rows, resolve
from datatool.samplers import BalancedSampler
from datatool.schemas import Plan
from datatool.storage import open_plan
from tests.helpers.buckets import Bucket
from tests.helpers.containers import named_pictures, write_files
from tests.helpers.moto_bucket import MotoBucket
from tests.helpers.program import Cli
from tests.helpers.written_plans import LOADER_OPTIONS, pixels


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Copies of plans are kept under it."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "home"))
    return tmp_path / "home" / "datatool" / "plans"


def _plan(dataset: object, out: Path | str, *, seed: int = 5) -> Plan:
    with open_rows(resolve(str(dataset))) as rows:
        return make_plan(rows, strategy="oversample", out=out, seed=seed)


def _batches(plan: Plan | Path | str) -> Any:
    with BalancedLoader(plan, **LOADER_OPTIONS) as loader:
        return pixels(list(loader.epoch(1)))


@pytest.fixture
def placed(bucket: Bucket, tmp_path: Path) -> tuple[Path, str]:
    """A plan over files beside it, and both on a bucket."""
    listed = write_files(tmp_path / "set" / "images", named_pictures(12))
    _plan(listed, tmp_path / "set" / "my plan")
    return tmp_path / "set" / "my plan", f"{bucket.put_folder('set', tmp_path / 'set')}/my plan"


def test_a_plan_on_a_bucket_gives_the_batches_of_the_one_in_a_folder(placed: tuple[Path, str]) -> None:
    """Its relative roots lead to the images on the bucket."""
    local, url = placed
    assert np.array_equal(_batches(local), _batches(url))
    assert np.array_equal(_batches(local), _batches(f"{url}/"))
    assert open_plan(url).roots == [f"{url.rpartition('/')[0]}/images"]
    assert open_plan(local).place == str(local)


def test_its_files_are_copied_once_while_they_are_the_same(bucket: Bucket, placed: tuple[Path, str]) -> None:
    local, url = placed
    first = open_plan(url)
    gets = len(bucket.server.gets)
    assert open_plan(url).fingerprint == first.fingerprint
    assert len(bucket.server.gets) == gets
    again = _plan(local.parent / "images" / "list.txt", local, seed=6)
    bucket.put_folder("set", local.parent)
    assert open_plan(url).fingerprint == again.fingerprint != first.fingerprint
    assert first.rows(np.array([0])).path  # what was open stays so


def test_it_travels_to_another_process_with_its_place(placed: tuple[Path, str]) -> None:
    plan = pickle.loads(pickle.dumps(open_plan(placed[1])))
    assert (plan.place, plan.roots) == (placed[1], open_plan(placed[1]).roots)
    assert placed[1] in repr(plan)


def test_what_is_no_plan_or_not_whole_is_named(bucket: Bucket, placed: tuple[Path, str]) -> None:
    url = placed[1]
    with pytest.raises(PlanError, match=r"must hold index\.arrow; got none at .*/set/images"):
        open_plan(f"{url.rpartition('/')[0]}/images")
    document = json.loads(bucket.server.objects[f"{bucket.name}/set/my plan/plan.json"])
    bucket.put("set/my plan/plan.json", json.dumps(document | {"fingerprint": "0" * 64}).encode())
    with pytest.raises(PlanError, match="one fingerprint"):
        open_plan(url)
    with pytest.raises(PlanError, match=r"must lie on this machine.*open_plan"):
        BalancedSampler(url, batch_size=2)


def test_a_store_that_refuses_is_said(bucket: Bucket, placed: tuple[Path, str]) -> None:
    bucket.fault("set/my plan/plan.json", 403)
    with pytest.raises(DatatoolError, match=r"403.*my plan/plan\.json"):
        open_plan(placed[1])


def test_a_cache_folder_that_takes_nothing_is_named(
    placed: tuple[Path, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import errno

    def refused(*_: object, **__: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr("datatool.storage.copies._plans.fetch_object", refused)
    with pytest.raises(ConfigError, match=r"cache folder must be one to write to.*Read-only.*XDG_CACHE_HOME"):
        open_plan(placed[1])


def test_commands_read_it(placed: tuple[Path, str], cli: Cli) -> None:
    local, url = placed
    assert check_plan(url).plan == url
    done = cli("bench", url, "--engine", "threads", "--seconds", "0.2", "--batch-size", "4", "--json")
    assert done.code == 0, done.err
    assert json.loads(done.out)["plan"] == url
    same = cli("diff", local, url, "--json")
    assert same.code == 0, same.err


def test_a_recipe_trains_on_it(placed: tuple[Path, str], tmp_path: Path) -> None:
    from datatool.evaluation import stage_plan
    from datatool.runs import read_recipe, stage_recipes

    recipe = tmp_path / "recipe.yaml"
    recipe.write_text(f"model: {{backbone: 'datatool:mini'}}\ndata: {{train: '{placed[1]}'}}\n")
    [stage] = stage_recipes(read_recipe(recipe).recipe)
    assert stage_plan(stage, index=0, base=tmp_path, folder=None).place == placed[1]
    other = recipe.with_name("other.yaml")
    other.write_text(f"data: {{train: '{placed[1].rpartition('/')[0]}'}}\n")
    [stage] = stage_recipes(read_recipe(other).recipe)
    with pytest.raises(DatatoolError, match=r"data\.train must be a plan folder, or go with data\.strategy"):
        stage_plan(stage, index=0, base=tmp_path, folder=None)


def test_a_plan_is_written_to_a_bucket_and_replaced_there(moto: MotoBucket, tmp_path: Path, cli: Cli) -> None:
    listed = write_files(tmp_path / "set", named_pictures(12))
    url = f"{moto.url}/plans/train.plan"
    local = _plan(listed, tmp_path / "local.plan")
    done = cli("balance", listed, "--strategy", "oversample", "--seed", "5", "-o", f"{url}/")
    assert done.code == 0, done.err
    assert f"wrote {url}; its page is {url}/plan.html" in done.err
    assert open_plan(url).fingerprint == local.fingerprint
    assert np.array_equal(_batches(url), _batches(local.folder))
    with open_rows(resolve(str(listed))) as rows:
        other = make_plan(rows, strategy="natural", out=url)
    assert (open_plan(url).fingerprint, other.place) == (other.fingerprint, url)
    assert {"index.arrow", "plan.html", "plan.json"} <= set(moto.names("plans/train.plan"))
    moto.put("mine/notes.txt", b"mine")
    with pytest.raises(PlanError, match="must be a new place or an existing plan"):
        _plan(listed, f"{moto.url}/mine")


def test_a_plan_that_was_not_sent_whole_is_none(
    moto: MotoBucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed before its last file; the next run replaces it."""
    listed = write_files(tmp_path / "set", named_pictures(12))
    url = f"{moto.url}/train.plan"
    _plan(listed, url)

    def cut(place: str, source: Any) -> None:
        if place.endswith("plan.json"):
            raise KeyboardInterrupt
        moto.put(place.removeprefix(f"{moto.url}/"), source)

    with monkeypatch.context() as patch:
        patch.setattr("datatool.balance._bucket.write_object", cut)
        with pytest.raises(KeyboardInterrupt):
            _plan(listed, url, seed=6)
    with pytest.raises(PlanError, match=r"must hold plan\.json; got none"):
        open_plan(url)
    assert _plan(listed, url, seed=6).seed == 6
