"""`model.pretrained: default`: the framework fetches and keeps its own weights, here from a server on loopback."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from datatool.errors import CheckpointError, ConfigError, DatatoolError
from datatool.models import check_pretrained, open_pretrained, read_weights
from tests.helpers.loopback import Served, serving
from tests.helpers.nets import CLASSES, build
from tests.helpers.program import REPOSITORY

NAME = "paddle.vision:shufflenet_v2_x0_25"


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Weights of a net of 1,000 classes, as Paddle saves them."""
    import paddle

    path = tmp_path_factory.mktemp("weights") / "shufflenet_v2_x0_25.pdparams"
    paddle.seed(3)
    paddle.save(paddle.vision.models.shufflenet_v2_x0_25().state_dict(), str(path))
    return path


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where Paddle keeps weights."""
    from paddle.utils import download

    folder = tmp_path / "paddle cache"
    monkeypatch.setattr(download, "WEIGHTS_HOME", str(folder))
    return folder


def source(monkeypatch: pytest.MonkeyPatch, address: str, data: bytes) -> None:
    """Let Paddle's table say that weights come from here."""
    from paddle.vision.models import shufflenetv2

    url = f"{address}/models/shufflenet_v2_x0_25.pdparams"
    digest = hashlib.md5(data, usedforsecurity=False).hexdigest()
    monkeypatch.setitem(shufflenetv2.model_urls, "shufflenet_v2_x0_25", (url, digest))


@pytest.fixture
def served(file: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    data = file.read_bytes()
    with serving({"/models/shufflenet_v2_x0_25.pdparams": data}) as found:
        source(monkeypatch, found.address, data)
        yield found


def test_weights_are_fetched_once_and_kept_where_paddle_keeps_them(
    served: Served, file: Path, cache: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """The second time nothing is asked for; a bar is drawn on a terminal only."""
    for _ in range(2):
        check_pretrained("default", backbone=NAME, base=tmp_path)
        opened = open_pretrained("default", backbone=NAME, base=tmp_path)
    assert opened.file == cache / "shufflenet_v2_x0_25.pdparams"
    assert opened.file.read_bytes() == file.read_bytes()
    assert served.asked == ["GET /models/shufflenet_v2_x0_25.pdparams"]
    assert capfd.readouterr().err == ""


@pytest.mark.usefixtures("served")
def test_a_run_begins_with_them_and_gets_a_head_of_its_own(file: Path, tmp_path: Path) -> None:
    """Every tensor of the backbone is the file's; the loading is told like that of any file."""
    made = build(NAME, tmp_path, model={"pretrained": "default"})
    theirs, ours = read_weights(file).arrays, made.state().model
    heads = {name for name in ours if not np.array_equal(ours[name], theirs[name])}
    assert heads == {"_fc.weight", "_fc.bias"}
    assert ours["_fc.weight"].shape[1] == CLASSES


@pytest.mark.usefixtures("cache")
def test_without_a_network_a_sentence_says_where_to_put_the_file(
    file: Path, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And put there it is taken."""
    monkeypatch.setattr("time.sleep", lambda _: None)  # between Paddle's three attempts
    source(monkeypatch, "http://127.0.0.1:9", file.read_bytes())
    with pytest.raises(
        CheckpointError, match=r"must be at '.*shufflenet_v2_x0_25.pdparams', or come from http://127"
    ) as got:
        check_pretrained("default", backbone=NAME, base=tmp_path)
    assert got.value.hint is not None
    assert f"put the file at {cache / 'shufflenet_v2_x0_25.pdparams'}" in got.value.hint
    (cache / "shufflenet_v2_x0_25.pdparams").write_bytes(file.read_bytes())
    check_pretrained("default", backbone=NAME, base=tmp_path)


def test_another_file_in_its_place_is_named(
    file: Path, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Paddle compares the MD5, tries to fetch the right file, and cannot."""
    monkeypatch.setattr("time.sleep", lambda _: None)
    source(monkeypatch, "http://127.0.0.1:9", file.read_bytes())
    cache.mkdir()
    (cache / "shufflenet_v2_x0_25.pdparams").write_bytes(b"a page that asks for a password")
    with pytest.raises(CheckpointError, match="the file there is another \\(MD5 "):
        check_pretrained("default", backbone=NAME, base=tmp_path)


def test_every_table_of_paddle_is_understood(cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each net that Paddle has weights for is asked for at the address of its table; the others are refused."""
    from paddle.utils import download
    from paddle.vision import models

    asked = []

    def fetch(url: str, _: str) -> str:
        asked.append(url)
        return str(tmp_path / "none")

    monkeypatch.setattr(download, "get_weights_path_from_url", fetch)
    names = [name for name, value in vars(models).items() if callable(value) and name.islower()]
    for name in names:
        with pytest.raises((CheckpointError, ConfigError)):
            open_pretrained("default", backbone=f"paddle.vision:{name}", base=tmp_path)
    tables = [getattr(sys.modules[module], "model_urls", {}) for module in sys.modules if "vision.models." in module]
    assert sorted({url for table in tables for url, _ in table.values()}) == sorted(asked)


@pytest.mark.parametrize(
    ("backbone", "said"),
    [
        ("datatool:resnet50_vd", "must go with a backbone of paddle.vision or timm"),
        ("paddleclas:ResNet50", "must go with a backbone of paddle.vision or timm"),
        ("small_nets:paddle_net", "must go with a backbone of paddle.vision or timm"),
        ("paddle.vision:vgg11", "Paddle has weights for; got 'paddle.vision:vgg11'; of its kind .* vgg16, vgg19"),
        ("paddle.vision:resnet19", "must be one of paddle.vision's"),
    ],
)
def test_backbones_without_such_weights_are_refused_with_the_way_on(backbone: str, said: str, tmp_path: Path) -> None:
    for asked in (check_pretrained, open_pretrained):
        with pytest.raises(ConfigError, match=said) as got:
            asked("default", backbone=backbone, base=tmp_path)
        assert got.value.hint


def test_a_file_called_default_is_a_path(file: Path, tmp_path: Path) -> None:
    """With its folder before it."""
    (tmp_path / "default.pdparams").write_bytes(file.read_bytes())
    check_pretrained("./default", backbone="datatool:resnet50_vd", base=tmp_path)


# torchvision's wheel is built for another torch than the CPU's; timm imports it, and needs none of its operators.
TIMM = """
import sys
import torch
try:
    import torchvision
except RuntimeError:
    for name in [name for name in sys.modules if name.startswith("torchvision")]:
        del sys.modules[name]
    library = torch.library.Library("torchvision", "DEF")
    library.define("nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    library.define("qnms(Tensor dets) -> Tensor")
import timm
"""
TIMM_WEIGHTS = (
    TIMM
    + """
from safetensors.torch import save_file
torch.manual_seed(5)
save_file(timm.create_model("test_resnet").state_dict(), sys.argv[1])
print(timm.create_model("test_resnet").pretrained_cfg["hf_hub_id"])
"""
)
TIMM_BUILD = (
    TIMM
    + """
import numpy
from pathlib import Path
from safetensors.torch import load_file
from tests.helpers.nets import build
from datatool.errors import CheckpointError
try:
    ours = build("timm:test_resnet", Path("."), trainer="torch", model={"pretrained": "default"}).state().model
except CheckpointError as error:
    sys.exit(f"{error.message} Hint: {error.hint}")
theirs = load_file(sys.argv[1])
print(sorted(name for name in ours if not numpy.array_equal(theirs[name].numpy(), ours[name])))
"""
)


@pytest.mark.skipif(importlib.util.find_spec("timm") is None, reason="timm is not installed")
@pytest.mark.slow
def test_timm_fetches_from_the_hub_and_loads_what_it_fetched(tmp_path: Path) -> None:
    """The second time, without a server, from its cache; with an empty cache a sentence says what to copy."""
    weights = tmp_path / "w.safetensors"

    def run(code: str, home: str, *, address: str = "http://127.0.0.1:9", offline: bool = False) -> str:
        environment = os.environ | {
            "HF_HOME": str(tmp_path / home),
            "HF_ENDPOINT": address,
            "HF_HUB_OFFLINE": str(int(offline)),
            "HF_HUB_DISABLE_XET": "1",
            "PYTHONPATH": os.pathsep.join([str(REPOSITORY), os.environ.get("PYTHONPATH", "")]),
        }
        command = [sys.executable, "-c", code, str(weights)]
        done = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True)
        return (done.stdout or done.stderr).strip()

    where = run(TIMM_WEIGHTS, "first")
    with serving({f"/{where}/resolve/main/model.safetensors": weights.read_bytes()}) as served:
        assert run(TIMM_BUILD, "first", address=served.address) == "['fc.bias', 'fc.weight']"
        assert served.asked
    assert run(TIMM_BUILD, "first", offline=True) == "['fc.bias', 'fc.weight']"
    said = run(TIMM_BUILD, "second", offline=True)
    assert "the weights of timm:test_resnet must come from the network or lie in the cache of timm" in said
    assert f"copy {tmp_path / 'second' / 'hub'} from there" in said


FAKE_TIMM = """
import numpy, torch
def list_models(): return ["tiny", "bare"]
def is_model_pretrained(name): return name == "tiny"
def create_model(name, pretrained=False, num_classes=7):
    if pretrained: raise OSError("no  way\\nto the hub")
"""


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("tiny", "must come from the network or lie in the cache of timm; got OSError: no way to the hub"),
        ("bare", "must go with a backbone that timm has weights for; got 'timm:bare'"),
        ("tinny", "must be one of timm's"),
    ],
)
def test_timm_without_weights_or_a_network_is_a_sentence(
    name: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever exception its way of fetching has."""
    (tmp_path / "timm.py").write_text(FAKE_TIMM)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "timm", raising=False)
    with pytest.raises(DatatoolError, match=said) as got:
        open_pretrained("default", backbone=f"timm:{name}", base=tmp_path)
    assert got.value.hint
    sys.modules.pop("timm", None)
