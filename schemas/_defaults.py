"""What recipes, commands and functions take where they are told nothing, and the names they choose from: each once.

Nothing heavy is imported, so that `datatool --help` can show these values.
"""

from __future__ import annotations

from typing import Final, Literal

Triple = tuple[float, float, float]  # one value for each channel, red first
EngineName = Literal["auto", "threads", "dali"]
FrameworkName = Literal["paddle", "torch", "numpy"]
Interpolation = Literal["area", "linear", "cubic", "nearest"]

AUGMENT: Final = "crop-flip"
IMAGE_SIZE: Final = 224  # pixels; what ImageNet's models are trained on
IMAGENET_MEAN: Final[Triple] = (0.485, 0.456, 0.406)  # of values in [0, 1]
IMAGENET_STD: Final[Triple] = (0.229, 0.224, 0.225)
INTERPOLATION: Final[Interpolation] = "area"
NUM_VERIFIED: Final = 300  # images of an export's check: without a fault they exclude a rate of 1 %, in seconds
IO_THREADS: Final = 64  # images asked for at once: 3,000 a second where an answer takes 20 ms
MAX_ERRORS: Final = 0.01  # share of the images that may be unreadable
MAX_PIXELS: Final = 178_000_000  # Pillow's own limit, rounded: above it a file is more likely an attack than a photo
