"""Cut, resize and flip with OpenCV, straight into a place of the batch."""

from __future__ import annotations

from datatool.pipelines._augment import Augment
from datatool.pipelines._decode import Pixels
from datatool.pipelines._geometry import Geometry


def render(pixels: Pixels, shape: Geometry, scale: int, augment: Augment, out: Pixels, /) -> None:
    """Write one place.

    Args:
        pixels: uint8 (H, W, 3), the upright original decoded at 1 / ``scale``.
        shape: In pixels of the original.
        scale: 1, 2, 4 or 8.
        augment: Its interpolation is used.
        out: uint8 (S, S, 3), contiguous.
    """
    import cv2

    x, y = shape.x // scale, shape.y // scale
    box = pixels[y : y - (-shape.height // scale), x : x - (-shape.width // scale)]
    size = (shape.out_width, shape.out_height)
    method = _method(augment, width=box.shape[1], height=box.shape[0], size=size)
    if size == out.shape[1::-1]:
        cv2.resize(box, size, dst=out, interpolation=method)
    else:
        whole = cv2.resize(box, size, interpolation=method)
        out[:] = whole[shape.top : shape.top + out.shape[0], shape.left : shape.left + out.shape[1]]
    if shape.flip:
        cv2.flip(out, 1, dst=out)


def _method(augment: Augment, *, width: int, height: int, size: tuple[int, int]) -> int:
    """OpenCV's name of the interpolation; ``area`` averages only where both sides shrink."""
    import cv2

    if augment.interpolation == "area":
        return cv2.INTER_AREA if width >= size[0] and height >= size[1] else cv2.INTER_LINEAR
    return {"linear": cv2.INTER_LINEAR, "cubic": cv2.INTER_CUBIC, "nearest": cv2.INTER_NEAREST}[augment.interpolation]
