"""What each format makes of each kind of label, said once more and by other means than the code: the matrix test compares."""

import math
from dataclasses import dataclass, replace

import numpy
from pycocotools import mask as masks

WIDTH, HEIGHT = 160, 120
YOLO = ("yolo-detect", "yolo-segment", "yolo-pose", "yolo-obb", "yolo-darknet", "yolo-classify")
KEYPOINTS = [8, 8, 2, 20, 8, 2, 14, 20, 1]


def pixels(*rectangles):
    picture = numpy.zeros((HEIGHT, WIDTH), dtype=numpy.uint8, order="F")
    for x, y, w, h in rectangles:
        picture[y : y + h, x : x + w] = 1
    found = masks.encode(picture)
    return {"size": [HEIGHT, WIDTH], "counts": found["counts"].decode()}


# One of each, named for its class and its image.
LABELS = {
    "box": {"box": [10.5, 20, 30, 40.25]},
    "box with attributes": {"box": [1, 2, 9, 9], "attributes": {"colour": "red", "parked": True, "note": 'a, "b"\n<c>', "n": 3, "f": 0.5, "many": ["a", "b"]}},
    "turned box": {"box": [60, 40, 30, 20], "angle": 30},
    "polygon": {"polygon": [[[10, 10, 60, 12.5, 50, 50.125, 12, 40, 9, 22]]]},
    "polygon with a hole": {"polygon": [[[10, 10, 90, 10, 90, 90, 10, 90], [30, 30, 30, 50, 50, 50, 50, 30]]]},
    "polygon of two parts": {"polygon": [[[5, 5, 25, 5, 25, 25]], [[100, 60, 140, 60, 120, 100]]]},
    "polyline": {"polyline": [5, 5, 50, 50, 90, 20]},
    "points": {"points": [15, 15, 55, 52]},
    "skeleton": {"skeleton": KEYPOINTS},
    "box with keypoints": {"box": [5, 5, 20, 20], "skeleton": KEYPOINTS},
    "polygon with keypoints": {"polygon": [[[5, 5, 30, 5, 31, 30, 18, 32, 5, 30]]], "skeleton": KEYPOINTS},
    "mask": {"mask": pixels((10, 10, 30, 20), (30, 30, 20, 15))},
    "mask of two parts": {"mask": pixels((10, 10, 10, 10), (60, 60, 20, 20))},
    "mask with a hole": {"mask": pixels((10, 10, 30, 5), (10, 15, 5, 20), (35, 15, 5, 20), (10, 35, 30, 5))},
    "ellipse": {"ellipse": [80, 60, 30, 20], "angle": 30},
    "cuboid": {"cuboid": [10, 10, 60, 10, 60, 60, 10, 60, 20, 20, 70, 20, 70, 70, 20, 70]},
    "tag": {"tag": True},
    "box that leaves its image": {"box": [-10, -5, 40, 40]},
    "score": {"box": [3, 3, 20, 20], "confidence": 0.25},
}


@dataclass
class Seen:
    kind: str
    bounds: tuple = ()
    area: float = 0
    shape: object = None  # the numbers themselves, where they are to stay
    skeleton: tuple = ()
    attributes: str = ""
    confidence: float | None = None


def around(xs, ys):
    return min(xs), min(ys), max(xs), max(ys)


def corners(x, y, w, h, angle):
    turn = math.radians(angle)
    for dx, dy in ((-w / 2, -h / 2), (w / 2, -h / 2), (w / 2, h / 2), (-w / 2, h / 2)):
        yield x + w / 2 + dx * math.cos(turn) - dy * math.sin(turn), y + h / 2 + dx * math.sin(turn) + dy * math.cos(turn)


def shoelace(ring):
    points = list(zip(ring[::2], ring[1::2]))
    return abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(points, points[1:] + points[:1]))) / 2


def seen(label):
    """A label of the own format as what is to be compared."""
    kind = next(key for key in ("box", "polygon", "mask", "ellipse", "polyline", "points", "cuboid", "tag", "skeleton") if key in label)
    shape, angle = label[kind], label.get("angle") or 0
    out = Seen(kind, skeleton=tuple(label.get("skeleton", ())), attributes=repr(sorted(label.get("attributes", {}).items())), confidence=label.get("confidence"))
    if kind == "box":
        xs, ys = zip(*corners(*shape, angle))
        return replace(out, bounds=around(xs, ys), area=shape[2] * shape[3], shape=[*shape, angle])
    if kind == "polygon":
        numbers = [n for part in shape for ring in part for n in ring]
        area = sum(shoelace(ring) * (1 if i == 0 else -1) for part in shape for i, ring in enumerate(part))
        return replace(out, bounds=around(numbers[::2], numbers[1::2]), area=area, shape=shape)
    if kind == "mask":
        counts = {"size": shape["size"], "counts": shape["counts"].encode()}
        x, y, w, h = masks.toBbox(counts)
        return replace(out, bounds=(x, y, x + w, y + h), area=float(masks.area(counts)), shape=shape)
    if kind == "ellipse":
        x, y, rx, ry = shape
        turn = math.radians(angle)
        w, h = math.hypot(rx * math.cos(turn), ry * math.sin(turn)), math.hypot(rx * math.sin(turn), ry * math.cos(turn))
        return replace(out, bounds=(x - w, y - h, x + w, y + h), area=math.pi * rx * ry, shape=[*shape, angle])
    if kind == "tag":
        return out
    numbers = shape if kind != "skeleton" else [n for i in range(0, len(shape), 3) for n in shape[i : i + 2]]
    return replace(out, bounds=around(numbers[::2], numbers[1::2]), shape=list(shape))


def as_box(one):
    x0, y0, x1, y1 = one.bounds
    return replace(one, kind="box", area=(x1 - x0) * (y1 - y0), shape=[x0, y0, x1 - x0, y1 - y0, 0])


def as_region(one):
    ring = [n for point in corners(*one.shape) for n in point] if one.kind == "box" and one.shape else None
    return replace(one, kind="polygon", shape=[[ring]] if ring else one.shape if is_simple(one) else None)


def is_simple(one):
    return one.kind == "polygon" and one.shape and len(one.shape) == 1 and len(one.shape[0]) == 1


def is_turned(one):
    return one.kind == "box" and one.area < (one.bounds[2] - one.bounds[0]) * (one.bounds[3] - one.bounds[1]) - 1e-3


def clipped(one):
    x0, y0, x1, y1 = one.bounds
    cut = max(x0, 0), max(y0, 0), min(x1, WIDTH), min(y1, HEIGHT)
    return one if cut == one.bounds else as_box(replace(one, bounds=cut))


def carried(form, one):
    """What is left of a label when it went through a format; None: nothing. Follows docs/formats."""
    if form in ("jsonl", "csv") or one is None:
        return one
    if form in ("folders", "yolo-classify"):
        return Seen("tag", attributes="[]") if one.kind == "tag" else None
    if form == "coco":
        if one.kind in ("polyline", "points", "cuboid"):
            return None
        if one.kind == "polygon" and one.shape and any(len(part) > 1 for part in one.shape):
            return replace(one, kind="mask", shape=None)
        return as_region(one) if one.kind == "ellipse" or is_turned(one) else one
    if one.kind == "tag":
        return None
    if form == "voc":
        one = replace(one, confidence=None, skeleton=())
        return as_region(one) if one.kind in ("polygon", "mask") else as_box(one)
    one = replace(one, attributes="[]", confidence=None)
    if form == "yolo-obb":  # corners stay where they are, and a region of four corners is one
        one = replace(one, skeleton=())
        if is_simple(one) and len(one.shape[0][0]) == 8:
            return replace(one, kind="box", shape=None)  # all those here are rectangles
        return one if one.kind == "box" else as_box(one)
    one = clipped(one)
    if form == "yolo-segment":
        return as_region(replace(one, skeleton=())) if one.kind in ("box", "polygon", "mask", "ellipse") else None
    if form == "yolo-pose":
        return as_box(one)
    return as_box(replace(one, skeleton=()))


def is_refused(form, one):
    """Whether the format would leave the label out or change its region: then it asks for --lossy."""
    after = carried(form, one)
    if after is None or form in ("jsonl", "csv"):
        return after is None
    keeps_region = {one.kind, after.kind} <= {"box", "polygon", "mask"} and abs(after.area - one.area) < 1e-6 * one.area
    if after.kind == one.kind and not one.area or form == "yolo-pose" and one.kind == "skeleton":
        return False  # a skeleton gets a box around it
    if form == "coco" and after.kind != one.kind:
        return True
    leaves = one.bounds and clipped(one) is not one and form in YOLO
    return not (keeps_region or leaves) or (bool(one.skeleton) and not after.skeleton)
