/** Geometry of one label as a value: kind, numbers, and how the numbers fall into rings. Coordinates are pixels of the item as displayed. */
import type { Geometry, Kind, Mask } from '../../api/types';

export const kinds: Kind[] = ['box', 'polygon', 'polyline', 'points', 'skeleton', 'mask', 'ellipse', 'cuboid', 'tag'];
export const BOX = 1;
export const POLYGON = 2;
export const POLYLINE = 3;
export const POINTS = 4;
export const SKELETON = 5;
export const MASK = 6;
export const ELLIPSE = 7;
export const CUBOID = 8;
export const TAG = 9;

export const kindName = (kind: number): Kind => kinds[kind - 1];
export const kindOf = (name: Kind): number => kinds.indexOf(name) + 1;

export type Numbers = Float64Array | number[];

export interface Shape {
    kind: number;
    /** box, mask: x, y, w, h; ellipse: cx, cy, rx, ry; skeleton: x, y, v, …; else x, y, … of all rings together. */
    xy: Numbers;
    /** Polygons of more than one ring: points of each ring, by part; the first ring of a part is the outer one. */
    rings?: number[][];
    /** Degrees clockwise about the centre: box and ellipse. */
    angle: number;
    mask?: Mask;
    /** Key points beside a box, polygon or mask. */
    skeleton?: number[];
}

export const TAG_SHAPE: Shape = { kind: TAG, xy: [], angle: 0 };

/** What Array.from does as well, a good deal more slowly. */
export function mapped(values: Numbers, change: (value: number, i: number) => number): number[] {
    const out: number[] = [];
    for (let i = 0; i < values.length; i++) out.push(change(values[i], i));
    return out;
}

/** The numbers stay those of the JSON where they lie as they should: a document copies them anyway. */
export function fromJson(json: Geometry): Shape {
    const angle = json.angle ?? 0;
    const { skeleton } = json;
    if (json.box) return { kind: BOX, xy: json.box, angle, skeleton };
    if (json.polygon) {
        const parts = json.polygon;
        const simple = parts.length === 1 && parts[0].length === 1;
        if (simple) return { kind: POLYGON, xy: parts[0][0], angle: 0, skeleton };
        return { kind: POLYGON, xy: parts.flat(2), rings: parts.map((part) => part.map((ring) => ring.length / 2)), angle: 0, skeleton };
    }
    if (json.polyline) return { kind: POLYLINE, xy: json.polyline, angle: 0 };
    if (json.points) return { kind: POINTS, xy: json.points, angle: 0 };
    if (json.mask) return { kind: MASK, xy: maskBounds(json.mask), angle: 0, mask: json.mask, skeleton };
    if (json.ellipse) return { kind: ELLIPSE, xy: json.ellipse, angle };
    if (json.cuboid) return { kind: CUBOID, xy: json.cuboid, angle: 0 };
    if (skeleton) return { kind: SKELETON, xy: skeleton, angle: 0 };
    return TAG_SHAPE;
}

export function toJson(shape: Shape): Geometry {
    const xy = mapped(shape.xy, tidy);
    const more = shape.skeleton ? { skeleton: shape.skeleton } : {};
    switch (shape.kind) {
        case BOX:
            return { box: xy, ...(shape.angle ? { angle: shape.angle } : {}), ...more };
        case POLYGON:
            return { polygon: toParts(xy, shape.rings), ...more };
        case ELLIPSE:
            return { ellipse: xy, ...(shape.angle ? { angle: shape.angle } : {}) };
        case MASK:
            return { mask: shape.mask, ...more };
        case TAG:
            return { tag: true };
        default:
            return { [kindName(shape.kind)]: xy };
    }
}

function toParts(xy: number[], rings?: number[][]): number[][][] {
    if (!rings) return [[xy]];
    let at = 0;
    return rings.map((part) => part.map((points) => xy.slice(at, (at += points * 2))));
}

/** Thousandths of a pixel are as fine as a hand can point; sums of decimals would otherwise trail fifteen digits. What was read with more stays. */
function tidy(value: number): number {
    const rounded = Math.round(value * 1000) / 1000;
    return Math.abs(value - rounded) < 1e-6 ? rounded : value;
}

/** The same on a picture of another size. */
export function scaled(shape: Shape, sx: number, sy: number): Shape {
    const by = (values: Numbers, stride: number) => mapped(values, (v, i) => (i % stride === 0 ? v * sx : i % stride === 1 ? v * sy : v));
    return { ...shape, xy: by(shape.xy, shape.kind === SKELETON ? 3 : 2), skeleton: shape.skeleton && by(shape.skeleton, 3) };
}

/** A coordinate as a pointer sets it. */
export const round = (value: number) => Math.round(value * 100) / 100;

/** Start and end, in points, of each ring. */
export function ringSpans(shape: Shape): [number, number][] {
    if (!shape.rings) return [[0, shape.xy.length / 2]];
    const spans: [number, number][] = [];
    let at = 0;
    for (const points of shape.rings.flat()) spans.push([at, (at += points)]);
    return spans;
}

/** The box around the mask's runs (COCO's compressed form, columns first). */
export function maskBounds({ size: [h], counts }: Mask): number[] {
    let x0 = Number.POSITIVE_INFINITY;
    let x1 = -1;
    let y0 = Number.POSITIVE_INFINITY;
    let y1 = -1;
    let at = 0;
    let on = false;
    for (const run of maskRuns(counts)) {
        if (on && run) {
            const first = at;
            const last = at + run - 1;
            const c0 = Math.floor(first / h);
            const c1 = Math.floor(last / h);
            x0 = Math.min(x0, c0);
            x1 = Math.max(x1, c1);
            y0 = Math.min(y0, c0 === c1 ? first % h : 0);
            y1 = Math.max(y1, c0 === c1 ? last % h : h - 1);
        }
        at += run;
        on = !on;
    }
    return x1 < 0 ? [0, 0, 0, 0] : [x0, y0, x1 - x0 + 1, y1 - y0 + 1];
}

/** Lengths of runs, zeros first. */
export function maskRuns(counts: string): number[] {
    const runs: number[] = [];
    for (let i = 0; i < counts.length; ) {
        let value = 0;
        let shift = 0;
        let more = true;
        while (more && i < counts.length) {
            const c = counts.charCodeAt(i++) - 48;
            value |= (c & 31) << shift;
            more = (c & 32) !== 0;
            shift += 5;
            if (!more && c & 16 && shift < 32) value |= -1 << shift;
        }
        if (runs.length > 2) value += runs[runs.length - 2];
        runs.push(value);
    }
    return runs;
}

export function sameShape(a: Shape, b: Shape): boolean {
    if (a.kind !== b.kind || a.angle !== b.angle || a.xy.length !== b.xy.length || a.mask?.counts !== b.mask?.counts) return false;
    for (let i = 0; i < a.xy.length; i++) if (a.xy[i] !== b.xy[i]) return false;
    return JSON.stringify(a.rings) === JSON.stringify(b.rings) && JSON.stringify(a.skeleton) === JSON.stringify(b.skeleton);
}
