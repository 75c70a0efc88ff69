"""Masks against pycocotools: the same strings, areas, boxes, merges and polygon fill."""

import numpy as np
from pycocotools import mask as coco

from oracle import ask


def random_mask(rng):
    h, w = rng.integers(1, 80, 2)
    kind = rng.integers(4)
    if kind == 0:
        return np.full((h, w), rng.integers(2), np.uint8)
    if kind == 1:
        return (rng.random((h, w)) < rng.random()).astype(np.uint8)
    pixels = np.zeros((h, w), np.uint8)
    for _ in range(rng.integers(1, 6)):
        y, x = rng.integers(0, h), rng.integers(0, w)
        pixels[y : y + rng.integers(1, 40), x : x + rng.integers(1, 40)] ^= 1
    return pixels


def text(pixels):
    return "".join("01"[p] for p in pixels.flatten(order="F"))


def test_masks_are_written_and_read_alike():
    rng = np.random.default_rng(1)
    masks = [random_mask(rng) for _ in range(3000)]
    theirs = [coco.encode(np.asfortranarray(m)) for m in masks]
    strings = [t["counts"].decode() for t in theirs]
    sizes = [{"h": int(m.shape[0]), "w": int(m.shape[1])} for m in masks]
    written = ask("model-oracle", [{"do": "pixels", "pixels": text(m)} | s for m, s in zip(masks, sizes)])
    assert [a["counts"] for a in written] == strings
    read = ask("model-oracle", [{"do": "rle", "counts": c} | s for c, s in zip(strings, sizes)])
    assert [a["pixels"] for a in read] == [text(m) for m in masks]
    assert [a["counts"] for a in read] == strings
    assert [a["area"] for a in read] == [int(coco.area(t)) for t in theirs]
    assert [a["box"] for a in read] == [coco.toBbox(t).tolist() for t in theirs]


def test_large_masks():
    for h, w in ((4000, 6000), (65535, 200), (1, 65535)):
        pixels = np.zeros((h, w), np.uint8)
        pixels[h // 3 : h // 3 + h // 2 + 1, w // 3 : w // 2 + 1] = 1
        theirs = coco.encode(np.asfortranarray(pixels))
        (answer,) = ask("model-oracle", [{"do": "rle", "h": h, "w": w, "counts": theirs["counts"].decode()}])
        assert answer["counts"] == theirs["counts"].decode()
        assert answer["area"] == int(coco.area(theirs))
        assert answer["box"] == coco.toBbox(theirs).tolist()


def test_merges():
    rng = np.random.default_rng(2)
    questions, expected = [], []
    for i in range(2000):
        a = random_mask(rng)
        b = (rng.random(a.shape) < 0.4).astype(np.uint8)
        pair = [coco.encode(np.asfortranarray(m)) for m in (a, b)]
        if i % 3 == 2:
            merged = coco.encode(np.asfortranarray(a & (1 - b)))
        else:
            merged = coco.merge(pair, intersect=i % 3 == 1)
        question = {"do": "combine", "operation": i % 3, "h": a.shape[0], "w": a.shape[1]}
        questions.append(question | {"a": pair[0]["counts"].decode(), "b": pair[1]["counts"].decode()})
        expected.append(merged["counts"].decode())
    assert [a["counts"] for a in ask("model-oracle", questions)] == expected


def random_ring(rng, h, w):
    n = int(rng.integers(3, 40))
    kind = rng.integers(5)
    if kind == 0:  # whole pixels: many edges along the grid
        return rng.integers(-3, [w + 4, h + 4], (n, 2)).astype(float)
    if kind == 1:  # outside, in part or wholly
        return rng.uniform(-2, 3, (n, 2)) * [w, h]
    if kind == 2:  # the same points again and again
        return rng.uniform(0, [w, h], (3, 2))[rng.integers(0, 3, n)]
    if kind == 3:  # as annotators draw: round about a middle
        angles = np.sort(rng.uniform(0, 2 * np.pi, n))
        radius = rng.uniform(0.2, 0.6, n)
        return np.stack([w / 2 + w * radius * np.cos(angles), h / 2 + h * radius * np.sin(angles)], 1).round(int(rng.integers(0, 4)))
    return rng.uniform(0, [w, h], (n, 2))


def test_polygons_are_filled_alike():
    rng = np.random.default_rng(3)
    questions, expected = [], []
    for _ in range(4000):
        h, w = (int(side) for side in rng.integers(1, 120, 2))
        xy = random_ring(rng, h, w).flatten().tolist()
        questions.append({"do": "ring", "h": h, "w": w, "xy": xy})
        expected.append(coco.frPyObjects([xy], h, w)[0]["counts"].decode())
    wrong = [(q, a, e) for q, a, e in zip(questions, ask("model-oracle", questions), expected) if a.get("counts") != e]
    assert not wrong, f"{len(wrong)} of {len(questions)}; first: {wrong[0]}"


def test_polygons_with_parts_and_holes():
    rng = np.random.default_rng(4)
    questions, expected = [], []
    for _ in range(800):
        h, w = (int(side) for side in rng.integers(1, 120, 2))
        rings = [[random_ring(rng, h, w).flatten().tolist() for _ in range(rng.integers(1, 4))] for _ in range(rng.integers(1, 6))]
        questions.append({"do": "fill", "h": h, "w": w, "polygon": rings})
        parts = []
        for outer, *holes in rings:
            pixels = coco.decode(coco.frPyObjects([outer], h, w)[0])
            for hole in holes:
                pixels &= 1 - coco.decode(coco.frPyObjects([hole], h, w)[0])
            parts.append(coco.encode(np.asfortranarray(pixels)))
        expected.append(coco.merge(parts)["counts"].decode())
    assert [a.get("counts") for a in ask("model-oracle", questions)] == expected
