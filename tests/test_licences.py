"""What we depend on: licences and pins (docs/decisions/0003 and 0004)."""

from __future__ import annotations

import re
import tomllib
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

COPYLEFT = re.compile(r"(?<!L)GPL|General Public License|Affero", re.IGNORECASE)
LESSER = re.compile(r"Lesser General Public License|LGPL", re.IGNORECASE)


@pytest.fixture(scope="module")
def project(repository: Path) -> dict[str, Any]:
    return tomllib.loads((repository / "pyproject.toml").read_text())


def _closure(requirements: list[str]) -> dict[str, metadata.Distribution]:
    """Every installed distribution that the requirements lead to."""
    found: dict[str, metadata.Distribution] = {}
    todo = [(requirement, "") for requirement in map(Requirement, requirements)]
    while todo:
        requirement, extra = todo.pop()
        name = canonicalize_name(requirement.name)
        if requirement.marker is not None and not requirement.marker.evaluate({"extra": extra}):
            continue
        try:
            found[name], known = metadata.distribution(name), name in found
        except metadata.PackageNotFoundError:
            continue
        if known and not requirement.extras:
            continue
        for text in found[name].requires or []:
            todo += [(Requirement(text), wanted) for wanted in ("", *requirement.extras)]
    return found


def _licence(distribution: metadata.Distribution) -> str:
    about = distribution.metadata

    def first(field: str) -> str:
        value: str = (about.get_all(field) or [""])[0]
        return value.split("\n")[0]

    classifiers = [entry for entry in about.get_all("Classifier") or [] if entry.startswith("License ::")]
    text = first("License-Expression") or " ".join(classifiers) or first("License")
    return LESSER.sub("", text)


def test_nothing_that_is_installed_with_us_is_under_the_gpl(project: dict[str, Any]) -> None:
    extras = project["project"]["optional-dependencies"]
    requirements = [
        *project["project"]["dependencies"],
        *(entry for name, of in extras.items() if name != "all" for entry in of),
    ]
    closure = _closure(requirements)
    assert len(closure) > 10
    assert {name: _licence(of) for name, of in closure.items() if COPYLEFT.search(_licence(of))} == {}


def test_albumentations_stays_at_the_last_mit_release(project: dict[str, Any]) -> None:
    assert project["project"]["optional-dependencies"]["albumentations"] == ["albumentations==2.0.8"]


def test_cuda_extras_do_not_bring_the_cpu_build_of_paddle(project: dict[str, Any]) -> None:
    extras = project["project"]["optional-dependencies"]
    assert [name for name, of in extras.items() if "cuda" in name and "paddle" in " ".join(of)] == []


def test_every_direct_requirement_is_pinned_to_a_version_it_accepts(repository: Path, project: dict[str, Any]) -> None:
    pins = {}
    for line in (repository / "constraints.txt").read_text().splitlines():
        if line and not line.startswith("#"):
            name, version = line.split("==")
            pins[canonicalize_name(name)] = version
    extras = project["project"]["optional-dependencies"]
    installed_by_make = ("paddle", "torch", "demo", "dali-cuda13", "albumentations", "ray", "onnx", "remote")
    assert extras["all"] == [f"datatool[{','.join(installed_by_make)}]"]
    direct = [
        *project["project"]["dependencies"],
        *(entry for name in installed_by_make for entry in extras[name]),
        *(entry for group in project["dependency-groups"].values() for entry in group),
    ]
    wanted = [Requirement(entry) for entry in direct]
    assert [str(entry) for entry in wanted if canonicalize_name(entry.name) not in pins] == []
    assert [str(entry) for entry in wanted if not entry.specifier.contains(pins[canonicalize_name(entry.name)])] == []


def test_constraints_name_versions_and_no_addresses(repository: Path) -> None:
    lines = (repository / "constraints.txt").read_text().splitlines()
    assert [line for line in lines if not re.fullmatch(r"#.*|[A-Za-z0-9._-]+==[A-Za-z0-9.]+", line)] == []


def test_the_licence_is_apache_2(repository: Path, project: dict[str, Any]) -> None:
    text = (repository / "LICENSE").read_text()
    assert project["project"]["license"] == "Apache-2.0"
    assert text.split("\n", 3)[1].strip() == "Apache License"
    assert "Version 2.0, January 2004" in text
    assert "END OF TERMS AND CONDITIONS" in text
