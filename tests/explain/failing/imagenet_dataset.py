"""A reader of lists in the shape of PaddleClas's ImageNetDataset, in a file of the same name."""

from __future__ import annotations

from pathlib import Path


class ImageNetDataset:
    """Paths and labels, split at one blank unless told otherwise."""

    def __init__(self, image_root: str, cls_label_path: str, delimiter: str = " ") -> None:
        self.root = Path(image_root)
        self.images: list[Path] = []
        self.labels: list[int] = []
        self._load_anno(Path(cls_label_path), delimiter)

    def _load_anno(self, path: Path, delimiter: str) -> None:
        for line in path.read_text().splitlines():
            parts = line.strip().split(delimiter)
            self.images.append(self.root / parts[0])
            self.labels.append(int(parts[1]))
            assert self.images[-1].exists(), f"path {self.images[-1]} does not exist."

    def __getitem__(self, index: int) -> tuple[bytes, int]:
        try:
            return self._decode(self.images[index]), self.labels[index]
        except ValueError:
            return self[(index + 1) % len(self.images)]

    def _decode(self, path: Path) -> bytes:
        raise ValueError(f"{path} is no picture")
