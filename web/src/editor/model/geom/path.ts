/** Shapes of vertices: polygons with parts and holes, polylines, cuboids. Edge i runs from point i to the next of its ring. */
import { mapped, POLYGON, POLYLINE, ringSpans, round, type Shape } from '../shape';
import type { Geom } from './geom';

const isClosed = (shape: Shape) => shape.kind !== POLYLINE;

export const path: Geom = {
    filled: true,
    handles: (shape) => Array.from(shape.xy),
    bounds({ xy }) {
        const at = { x0: Number.POSITIVE_INFINITY, y0: Number.POSITIVE_INFINITY, x1: Number.NEGATIVE_INFINITY, y1: Number.NEGATIVE_INFINITY };
        for (let i = 0; i + 1 < xy.length; i += 2) {
            at.x0 = Math.min(at.x0, xy[i]);
            at.x1 = Math.max(at.x1, xy[i]);
            at.y0 = Math.min(at.y0, xy[i + 1]);
            at.y1 = Math.max(at.y1, xy[i + 1]);
        }
        return at;
    },
    hit(shape, x, y, tolerance, withHandles) {
        const { xy } = shape;
        if (withHandles) {
            let best = -1;
            let nearest = tolerance * tolerance * 2;
            for (let i = 0; i + 1 < xy.length; i += 2) {
                const d = (xy[i] - x) ** 2 + (xy[i + 1] - y) ** 2;
                if (d < nearest) {
                    nearest = d;
                    best = i / 2;
                }
            }
            if (best >= 0) return { part: 'vertex', index: best };
        }
        let inside = false;
        let edge = -1;
        let nearest = tolerance * tolerance;
        for (const [first, end] of ringSpans(shape)) {
            const last = isClosed(shape) ? end : end - 1;
            for (let i = first; i < last; i++) {
                const j = i + 1 < end ? i + 1 : first;
                const ax = xy[i * 2];
                const ay = xy[i * 2 + 1];
                const bx = xy[j * 2];
                const by = xy[j * 2 + 1];
                if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) inside = !inside;
                const d = distanceToEdge(x, y, ax, ay, bx, by);
                if (d < nearest) {
                    nearest = d;
                    edge = i;
                }
            }
        }
        if (edge >= 0) return withHandles ? { part: 'edge', index: edge } : { part: 'body', index: 0 };
        return inside && isClosed(shape) ? { part: 'body', index: 0 } : null;
    },
    trace(out, shape) {
        const { xy } = shape;
        for (const [first, end] of ringSpans(shape)) {
            for (let i = first; i < end; i++) {
                if (i === first) out.moveTo(xy[i * 2], xy[i * 2 + 1]);
                else out.lineTo(xy[i * 2], xy[i * 2 + 1]);
            }
            if (isClosed(shape)) out.closePath();
        }
    },
    move(shape, dx, dy) {
        const skeleton = shape.skeleton?.map((v, i) => (i % 3 === 0 ? v + dx : i % 3 === 1 ? v + dy : v));
        return { ...shape, xy: mapped(shape.xy, (v, i) => v + (i % 2 ? dy : dx)), skeleton };
    },
    drag(shape, hit, x, y) {
        const xy = Array.from(shape.xy);
        if (hit.part === 'vertex') {
            xy[hit.index * 2] = round(x);
            xy[hit.index * 2 + 1] = round(y);
        }
        return { ...shape, xy };
    },
};

/** Square of the distance from a point to an edge. */
function distanceToEdge(x: number, y: number, ax: number, ay: number, bx: number, by: number): number {
    const dx = bx - ax;
    const dy = by - ay;
    const length = dx * dx + dy * dy;
    const at = length ? Math.max(0, Math.min(1, ((x - ax) * dx + (y - ay) * dy) / length)) : 0;
    return (ax + at * dx - x) ** 2 + (ay + at * dy - y) ** 2;
}

/** A new vertex after point `edge`. */
export function insertVertex(shape: Shape, edge: number, x: number, y: number): Shape {
    const xy = Array.from(shape.xy);
    xy.splice((edge + 1) * 2, 0, round(x), round(y));
    return { ...shape, xy, rings: adjust(shape, edge, 1) };
}

/** null where too few points would be left; a hole of three goes as a whole. */
export function removeVertex(shape: Shape, index: number): Shape | null {
    const span = ringSpans(shape).find(([first, end]) => index >= first && index < end)!;
    const least = shape.kind === POLYGON ? 3 : 2;
    if (span[1] - span[0] <= least) return null;
    const xy = Array.from(shape.xy);
    xy.splice(index * 2, 2);
    return { ...shape, xy, rings: adjust(shape, index, -1) };
}

function adjust(shape: Shape, point: number, by: number): number[][] | undefined {
    if (!shape.rings) return undefined;
    let at = 0;
    return shape.rings.map((part) =>
        part.map((points) => {
            const here = point >= at && point < at + points;
            at += points;
            return here ? points + by : points;
        }),
    );
}
