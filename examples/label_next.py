"""Export a run and say which photographs to label next: `python examples/label_next.py runs/clothing PHOTOGRAPHS`.

The model is least sure of those whose two best classes have nearly equal scores.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from datatool.deploy import Prediction, Predictor, export, image_paths, predict


def margin(prediction: Prediction) -> float:
    """Score of the best class minus that of the second."""
    return float(prediction.scores[0] - prediction.scores[1])


def main() -> None:
    """Export, predict, and print the photographs with the smallest margins."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path)
    parser.add_argument("photographs", nargs="+", help="images, folders or lists")
    parser.add_argument("--count", type=int, default=10)
    options = parser.parse_args()
    model = options.run.with_name(f"{options.run.name}-model")
    verified = export(options.run, out=model).meta.verified
    print(f"{model}: {verified.same_top1} of {verified.images} images as in training")
    predictor = Predictor.open(model)
    names = predictor.meta.names
    found = [each for each in predict(predictor, image_paths(options.photographs), topk=2) if each.error is None]
    for each in sorted(found, key=margin)[: options.count]:
        first, second = (names[index] for index in each.classes)
        print(f"{margin(each):.3f} {each.path}: {first} or {second}")


if __name__ == "__main__":
    main()
