"""`audit --model`: the highest scores of an exported model, alone and beside those of an earlier audit."""

from __future__ import annotations

import json
from pathlib import Path

from tests.helpers.program import Cli


def test_confidences_are_shown_and_compared_where_a_baseline_has_them(
    cli: Cli, trained: Path, exported: Path, tmp_path: Path
) -> None:
    """Without a baseline, or with one that was made without the model, the text says that nothing is compared."""
    listed = trained.parents[1] / "val.txt"
    alone = cli("audit", listed, "--model", exported, "--fail-on", "never", "--out", tmp_path / "with")
    counts = json.loads((tmp_path / "with" / "audit.json").read_text())["confidences"]
    total = sum(counts.values())
    assert total == len(listed.read_text().splitlines())
    shares = ", ".join(f"{100 * count / total:.1f} % {within}" for within, count in counts.items())
    assert f"Confidences of {total} images: {shares}\n" in alone.out
    assert "compared with nothing: give --baseline an audit that was made with --model too" in alone.out
    compared = cli("audit", listed, "--model", exported, "--fail-on", "never", "--baseline", tmp_path / "with")
    assert f"Confidences of {total} images: {shares}\n" in compared.out
    assert ("compared with nothing" in compared.out) is (len(counts) == 1)
    plain = cli("audit", listed, "--fail-on", "never", "--out", tmp_path / "without")
    assert "Confidences" not in plain.out
    missing = cli("audit", listed, "--model", exported, "--fail-on", "never", "--baseline", tmp_path / "without")
    assert "compared with nothing" in missing.out
