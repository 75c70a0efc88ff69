"""Shapes against shapely: areas, bounds, and the bytes in the store read by others (ISO WKB by shapely, TWKB by its specification)."""

import math

import numpy as np
import pytest
import shapely
import shapely.affinity

from oracle import ask


def number(rng, digits):
    value = rng.uniform(-500, 4000)
    return float(value) if digits is None else round(float(value), digits)


def points(rng, n, digits):
    return [number(rng, digits) for _ in range(2 * n)]


def random_polygon(rng, digits):
    return [[points(rng, int(rng.integers(3, 30)), digits) for _ in range(rng.integers(1, 4))] for _ in range(rng.integers(1, 4))]


def pairs(flat):
    return [tuple(flat[i : i + 2]) for i in range(0, len(flat), 2)]


def as_shapely(polygon):
    return shapely.MultiPolygon([(pairs(part[0]), [pairs(hole) for hole in part[1:]]) for part in polygon])


def read_twkb(data):
    """(type, precision, coordinates): version 0.23 of the specification, as far as a writer of two dimensions (and M) goes."""
    kind, precision = data[0] & 15, data[0] >> 4
    precision = (precision >> 1) ^ -(precision & 1)
    extended = data[1] == 8
    assert data[1] in (0, 8)
    assert not extended or data[2] == 2  # M, of precision 0
    n_dimensions = 3 if extended else 2
    rest = iter(data[3 if extended else 2 :])
    last = [0, 0, 0]

    def varint():
        value = shift = 0
        for byte in rest:
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    def array():
        made = []
        for _ in range(varint()):
            for k in range(n_dimensions):
                delta = varint()
                last[k] += (delta >> 1) ^ -(delta & 1)
            made.append(tuple(last[k] / (10**precision if k < 2 else 1) for k in range(n_dimensions)))
        return made

    def polygon():
        return [array() for _ in range(varint())]

    read = {2: array, 3: polygon, 4: array, 6: lambda: [polygon() for _ in range(varint())]}[kind]()
    assert next(rest, None) is None
    return kind, precision, read


def test_areas_and_bounds_of_polygons():
    rng = np.random.default_rng(1)
    polygons = [random_polygon(rng, None if i % 2 else 2) for i in range(1500)]
    for polygon, answer in zip(polygons, ask("model-oracle", [{"do": "shape", "polygon": p} for p in polygons])):
        theirs = as_shapely(polygon)
        assert answer["area"] == pytest.approx(theirs.area, rel=1e-9, abs=1e-6)
        left, top, right, bottom = shapely.MultiPoint(shapely.get_coordinates(theirs)).bounds  # of holes, too, wherever they lie
        assert answer["bounds"] == [left, top, right - left, bottom - top]


def test_bounds_of_turned_boxes_and_ellipses():
    rng = np.random.default_rng(2)
    turned = []
    for _ in range(500):
        x, y, w, h, angle = (float(v) for v in rng.uniform([-50, -50, 1, 1, -720], [500, 500, 300, 300, 720]))
        turned.append((x, y, w, h, angle))
    for (x, y, w, h, angle), answer in zip(turned, ask("model-oracle", [{"do": "shape", "box": t[:4], "angle": t[4]} for t in turned])):
        left, top, right, bottom = shapely.affinity.rotate(shapely.box(x, y, x + w, y + h), angle).bounds
        assert answer["bounds"] == pytest.approx([left, top, right - left, bottom - top], abs=1e-9)
        assert answer["area"] == pytest.approx(w * h)
    for (x, y, w, h, angle), answer in zip(turned, ask("model-oracle", [{"do": "shape", "ellipse": t[:4], "angle": t[4]} for t in turned])):
        round_one = shapely.Point(0, 0).buffer(1, quad_segs=2000)
        theirs = shapely.affinity.translate(shapely.affinity.rotate(shapely.affinity.scale(round_one, w, h), angle, origin=(0, 0)), x, y)
        left, top, right, bottom = theirs.bounds
        assert answer["bounds"] == pytest.approx([left, top, right - left, bottom - top], rel=1e-5, abs=1e-3)
        assert answer["area"] == pytest.approx(math.pi * w * h)


def test_wkb_is_read_by_shapely():
    rng = np.random.default_rng(3)
    for _ in range(40):
        polygon, line = random_polygon(rng, None), points(rng, 5, None)
        skeleton = [v for i in range(4) for v in (*points(rng, 1, None), i % 3)]
        answers = ask(
            "model-oracle",
            [{"do": "shape", "polygon": polygon}, {"do": "shape", "polyline": line}, {"do": "shape", "points": line}, {"do": "shape", "skeleton": skeleton}],
        )
        theirs = as_shapely(polygon)
        assert shapely.from_wkb(answers[0]["bytes"]).equals_exact(theirs if len(polygon) > 1 else theirs.geoms[0])
        assert list(shapely.from_wkb(answers[1]["bytes"]).coords) == pairs(line)
        assert [p.coords[0] for p in shapely.from_wkb(answers[2]["bytes"]).geoms] == pairs(line)
        if shapely.geos_version >= (3, 12):
            read = shapely.from_wkb(answers[3]["skeleton"])
            assert shapely.get_coordinates(read, include_m=True).flatten().tolist() == skeleton


def test_twkb_is_read_by_its_specification():
    rng = np.random.default_rng(4)
    cases = [(digits, random_polygon(rng, digits), points(rng, 6, digits)) for digits in (0, 1, 2, 3) for _ in range(200)]
    answers = ask("model-oracle", [q for _, polygon, line in cases for q in ({"do": "shape", "polygon": polygon}, {"do": "shape", "points": line})])
    for (digits, polygon, line), shape, dots in zip(cases, answers[::2], answers[1::2]):
        kind, precision, read = read_twkb(bytes.fromhex(shape["bytes"]))
        assert precision <= digits
        expected = [[pairs(ring) for ring in part] for part in polygon]
        assert (kind, read) == ((6, expected) if len(polygon) > 1 else (3, expected[0]))
        assert read_twkb(bytes.fromhex(dots["bytes"]))[::2] == (4, pairs(line))


def test_skeletons_in_twkb():
    (answer,) = ask("model-oracle", [{"do": "shape", "box": [1, 2, 3, 4], "skeleton": [1.5, 2, 2, 0, 0, 0, 7.25, -3, 1]}])
    assert answer["bytes"] == ""
    assert read_twkb(bytes.fromhex(answer["skeleton"])) == (4, 2, [(1.5, 2, 2), (0, 0, 0), (7.25, -3, 1)])
