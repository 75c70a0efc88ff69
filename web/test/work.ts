/** Random labelling of a document, as people do it. */
import { Doc, type Entry, newRef } from '../src/editor/model/doc';
import { geomOf } from '../src/editor/model/geom/geom';
import { BOX, POLYGON, type Shape } from '../src/editor/model/shape';
import { Tx } from '../src/editor/model/tx';
import type { Random } from './random';

export const classes = ['car', 'bus', 'tree'];

export function anyShape(r: Random): Shape {
    if (r.chance(0.5)) return { kind: BOX, xy: [r.below(500), r.below(500), 1 + r.below(90), 1 + r.below(90)], angle: 0 };
    const hole = r.chance(0.3);
    const xy = Array.from({ length: 2 * (hole ? 7 : 3 + r.below(8)) }, () => r.below(640));
    return { kind: POLYGON, xy, angle: 0, rings: hole ? [[4, 3]] : undefined };
}

export const anyEntry = (r: Random): Entry => ({ class: r.pick(classes), layer: 'truth', attributes: {}, shape: anyShape(r), confidence: null, group: null, frame: null });

/** One gesture: draws, moves, reshapes, renames, describes or removes, one label or several. */
export function anyGesture(doc: Doc, r: Random, tx: Tx) {
    const refs = [...doc.alive()].map((slot) => doc.refs[slot]);
    const what = refs.length ? r.below(6) : 0;
    if (what === 0) tx.add(newRef(), anyEntry(r));
    const ref = r.pick(refs);
    if (what === 1) {
        for (const other of refs.slice(0, 1 + r.below(3))) {
            const { shape } = doc.entry(other)!;
            tx.set(other, 'shape', geomOf(shape.kind).move(shape, r.below(9), r.below(9)));
        }
    }
    if (what === 2) tx.set(ref, 'shape', { ...anyShape(r) });
    if (what === 3) tx.set(ref, 'class', r.pick(classes));
    if (what === 4) tx.set(ref, 'attributes', r.chance(0.3) ? {} : { colour: r.pick(['red', 'blue']), parked: r.chance(0.5) });
    if (what === 5) tx.remove(ref);
}

export function contents(doc: Doc): Record<string, Entry> {
    return Object.fromEntries([...doc.alive()].map((slot) => [doc.refs[slot], JSON.parse(JSON.stringify(doc.entry(doc.refs[slot])))]));
}
