import assert from 'node:assert/strict';
import test from 'node:test';
import type { Geometry } from '../src/api/types';
import { Doc, entryOf, jsonOf } from '../src/editor/model/doc';
import { geomOf } from '../src/editor/model/geom/geom';
import { insertVertex, removeVertex } from '../src/editor/model/geom/path';
import { BOX, fromJson, POLYGON, scaled, type Shape, toJson } from '../src/editor/model/shape';
import { Index } from '../src/editor/index';
import { Random } from './random';
import { anyEntry } from './work';

test('a copy on a picture of another size: every kind in its own stride', () => {
    assert.deepEqual(toJson(scaled(fromJson({ box: [1, 2, 3, 4], skeleton: [1, 1, 2, 3, 3, 1] }), 2, 10)), { box: [2, 20, 6, 40], skeleton: [2, 10, 2, 6, 30, 1] });
    assert.deepEqual(toJson(scaled(fromJson({ skeleton: [1, 1, 2, 3, 3, 1] }), 2, 10)), { skeleton: [2, 10, 2, 6, 30, 1] });
    assert.deepEqual(toJson(scaled(fromJson({ polygon: [[[0, 0, 1, 0, 1, 1], [2, 2, 3, 2, 3, 3]]] }), 2, 10)), { polygon: [[[0, 0, 2, 0, 2, 10], [4, 20, 6, 20, 6, 30]]] });
});

test('geometry goes through unchanged, to the last digit', () => {
    const samples: Geometry[] = [
        { box: [10.123456789, 20, 100.1, 40] },
        { box: [1, 2, 3, 4], angle: 33.5 },
        { polygon: [[[0, 0, 10, 0, 10, 10], [2, 2, 4, 2, 4, 4]], [[20, 20, 30, 20, 30, 30, 20, 30]]] },
        { polygon: [[[0.1, 0.2, 10.3, 0, 10, 10]]] },
        { polyline: [1, 2, 3, 4] },
        { points: [5, 6] },
        { skeleton: [1, 2, 2, 3, 4, 0] },
        { box: [1, 2, 3, 4], skeleton: [1, 2, 2] },
        { mask: { size: [4, 6], counts: '52203' } },
        { ellipse: [10, 10, 4, 3], angle: 12 },
        { cuboid: [1, 1, 2, 1, 2, 2, 1, 2, 3, 3, 4, 3, 4, 4, 3, 4] },
        { tag: true },
    ];
    for (const json of samples) assert.deepEqual(toJson(fromJson(json)), json);
    const doc = new Doc();
    const label = { class: 'car', layer: 'truth', attributes: { a: 1 }, confidence: 0.5, group: 3, frame: null, ...samples[2] };
    doc.put('7', entryOf(label), { id: 7, seq: 3 });
    assert.deepEqual(jsonOf(doc.entry('7')!), label);
});

test('sums of decimals do not trail digits', () => {
    assert.deepEqual(toJson({ kind: BOX, xy: [0.1 + 0.2, 1.1 * 3, 1, 1], angle: 0 }), { box: [0.3, 3.3, 1, 1] });
});

test('a handle moves its sides and leaves the others', () => {
    const box: Shape = { kind: BOX, xy: [10, 10, 20, 30], angle: 0 };
    const drag = (index: number, x: number, y: number) => Array.from(geomOf(BOX).drag(box, { part: 'handle', index }, x, y, false).xy);
    assert.deepEqual(drag(0, 5, 6), [5, 6, 25, 34]);
    assert.deepEqual(drag(3, 50, 99), [10, 10, 40, 30]);
    assert.deepEqual(drag(4, 0, 0), [0, 0, 10, 10], 'dragged over to the other side');
    for (let i = 0; i < 8; i++) {
        const points = geomOf(BOX).handles(box);
        assert.deepEqual(geomOf(BOX).hit(box, points[i * 2], points[i * 2 + 1], 3, true), { part: 'handle', index: i });
    }
});

test('a turned box keeps its opposite corner where it is', () => {
    const box: Shape = { kind: BOX, xy: [100, 100, 60, 40], angle: 30 };
    const before = geomOf(BOX).handles(box);
    const moved = geomOf(BOX).drag(box, { part: 'handle', index: 4 }, 220, 190, false);
    const after = geomOf(BOX).handles(moved);
    assert.ok(Math.abs(before[0] - after[0]) < 0.02 && Math.abs(before[1] - after[1]) < 0.02, `${before.slice(0, 2)} ${after.slice(0, 2)}`);
    assert.ok(Math.abs(after[8] - 220) < 0.02 && Math.abs(after[9] - 190) < 0.02);
});

test('vertices go in and out, in the right ring', () => {
    const shape = fromJson({ polygon: [[[0, 0, 10, 0, 10, 10, 0, 10], [2, 2, 4, 2, 4, 4, 2, 4]]] });
    const more = insertVertex(shape, 5, 5, 3);
    assert.deepEqual(toJson(more), { polygon: [[[0, 0, 10, 0, 10, 10, 0, 10], [2, 2, 4, 2, 5, 3, 4, 4, 2, 4]]] });
    assert.deepEqual(toJson(removeVertex(more, 6)!), toJson(shape));
    assert.equal(removeVertex(fromJson({ polygon: [[[0, 0, 1, 0, 1, 1]]] }), 0), null);
    assert.equal(geomOf(POLYGON).hit(shape, 3, 3, 0.1, false), null, 'a hole is not the shape');
    assert.deepEqual(geomOf(POLYGON).hit(shape, 7, 7, 0.1, false), { part: 'body', index: 0 });
    assert.deepEqual(geomOf(POLYGON).hit(shape, 5, 0.5, 1, true), { part: 'edge', index: 0 });
});

test('the index finds what a search of everything finds, also after changes', () => {
    const r = new Random(7);
    const doc = new Doc();
    for (let i = 1; i <= 900; i++) doc.put(String(i), anyEntry(r), { id: i });
    const index = new Index(doc);
    for (let round = 0; round < 400; round++) {
        const x = r.below(640);
        const y = r.below(640);
        const w = r.below(40);
        const expected = [...doc.alive()].filter((s) => {
            const [x0, y0, x1, y1] = doc.bounds.subarray(s * 4, s * 4 + 4);
            return x0 <= x + w && x1 >= x && y0 <= y + w && y1 >= y;
        });
        assert.deepEqual(index.search(x, y, x + w, y + w), expected);
        const ref = String(1 + r.below(900));
        if (r.chance(0.3)) doc.remove(ref);
        else doc.put(ref, anyEntry(r));
    }
});
