"""Writes the data that scripts/verify_capture.sh captures with. Usage: sample_data.py FOLDER"""
import os
import sys

import numpy as np


def main(folder):
    rng = np.random.default_rng(7)
    normal = lambda *shape: rng.standard_normal(shape).astype(np.float32)
    os.makedirs(folder, exist_ok=True)
    sets = {
        "images": {"x": normal(8, 3, 64, 64), "y": rng.integers(0, 10, 8)},
        "tokens": {"tokens": rng.integers(0, 40, (8, 12)), "y": rng.integers(0, 5, 8)},
        "series": {"series": normal(8, 7, 6), "target": normal(8, 1)},
        "series_labels": {"series": normal(8, 5, 6), "y": rng.integers(0, 3, 8)},
        "rows": {"x": normal(12, 20)},
        "small_images": {"x": normal(8, 12, 12, 3), "y": rng.integers(0, 4, 8)},
        "points": {"x": normal(12, 6), "y": rng.integers(0, 3, 12)}}
    for name, arrays in sets.items():
        np.savez(os.path.join(folder, name + ".npz"), **arrays)


if __name__ == "__main__":
    main(sys.argv[1])
