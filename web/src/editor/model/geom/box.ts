/** Boxes, also turned ones; handles go round from the top left corner: 0 nw, 1 n, 2 ne, 3 e, 4 se, 5 s, 6 sw, 7 w. */
import { MASK, round, type Shape } from '../shape';
import type { Geom } from './geom';

const handleX = [0, 0.5, 1, 1, 1, 0.5, 0, 0];
const handleY = [0, 0, 0, 0.5, 1, 1, 1, 0.5];

/** A point in the box's own frame, where it is not turned. */
function toLocal(shape: Shape, x: number, y: number): [number, number] {
    return turn(shape, x, y, -shape.angle);
}

function turn({ xy }: Shape, x: number, y: number, degrees: number): [number, number] {
    if (!degrees) return [x, y];
    const cx = xy[0] + xy[2] / 2;
    const cy = xy[1] + xy[3] / 2;
    const a = (degrees * Math.PI) / 180;
    const cos = Math.cos(a);
    const sin = Math.sin(a);
    return [cx + (x - cx) * cos - (y - cy) * sin, cy + (x - cx) * sin + (y - cy) * cos];
}

function handles(shape: Shape): number[] {
    if (shape.kind === MASK) return [];
    const [x, y, w, h] = shape.xy;
    return handleX.flatMap((hx, i) => turn(shape, x + w * hx, y + h * handleY[i], shape.angle));
}

export const box: Geom = {
    filled: true,
    handles,
    bounds(shape) {
        const [x, y, w, h] = shape.xy;
        if (!shape.angle) return { x0: x, y0: y, x1: x + w, y1: y + h };
        const points = handles(shape);
        const xs = points.filter((_, i) => i % 2 === 0);
        const ys = points.filter((_, i) => i % 2 === 1);
        return { x0: Math.min(...xs), y0: Math.min(...ys), x1: Math.max(...xs), y1: Math.max(...ys) };
    },
    hit(shape, px, py, tolerance, withHandles) {
        if (withHandles) {
            const points = handles(shape);
            let best = -1;
            let nearest = tolerance * 1.4;
            // Corners before sides: on a small box they overlap.
            for (const i of [0, 2, 4, 6, 1, 3, 5, 7]) {
                if (i * 2 >= points.length) continue;
                const distance = Math.max(Math.abs(points[i * 2] - px), Math.abs(points[i * 2 + 1] - py));
                if (distance < nearest) {
                    nearest = distance;
                    best = i;
                }
            }
            if (best >= 0) return { part: 'handle', index: best };
        }
        const [lx, ly] = toLocal(shape, px, py);
        const [x, y, w, h] = shape.xy;
        if (lx < x - tolerance || ly < y - tolerance || lx > x + w + tolerance || ly > y + h + tolerance) return null;
        if (withHandles && shape.kind !== MASK) {
            const near = [Math.abs(ly - y), Math.abs(lx - x - w), Math.abs(ly - y - h), Math.abs(lx - x)];
            const side = near.indexOf(Math.min(...near));
            if (near[side] <= tolerance / 2) return { part: 'handle', index: side * 2 + 1 };
        }
        return { part: 'body', index: 0 };
    },
    trace(path, shape) {
        const [x, y, w, h] = shape.xy;
        [
            [x, y],
            [x + w, y],
            [x + w, y + h],
            [x, y + h],
        ].forEach((corner, i) => {
            const [px, py] = turn(shape, corner[0], corner[1], shape.angle);
            if (i) path.lineTo(px, py);
            else path.moveTo(px, py);
        });
        path.closePath();
    },
    move(shape, dx, dy) {
        if (shape.kind === MASK) return shape;
        const [x, y, w, h] = shape.xy;
        const skeleton = shape.skeleton?.map((v, i) => (i % 3 === 0 ? v + dx : i % 3 === 1 ? v + dy : v));
        return { ...shape, xy: [x + dx, y + dy, w, h], skeleton };
    },
    drag(shape, hit, px, py, even) {
        if (shape.kind === MASK || hit.part !== 'handle') return shape;
        const [x, y, w, h] = shape.xy;
        const [lx, ly] = toLocal(shape, px, py);
        const hx = handleX[hit.index];
        const hy = handleY[hit.index];
        let x0 = x;
        let x1 = x + w;
        let y0 = y;
        let y1 = y + h;
        if (hx === 0) x0 = lx;
        if (hx === 1) x1 = lx;
        if (hy === 0) y0 = ly;
        if (hy === 1) y1 = ly;
        if (even && w && h && hx !== 0.5 && hy !== 0.5) {
            const scale = Math.max(Math.abs(x1 - x0) / w, Math.abs(y1 - y0) / h);
            if (hx) x1 = x0 + w * scale;
            else x0 = x1 - w * scale;
            if (hy) y1 = y0 + h * scale;
            else y0 = y1 - h * scale;
        }
        const next = [Math.min(x0, x1), Math.min(y0, y1), Math.abs(x1 - x0), Math.abs(y1 - y0)].map(round);
        if (!shape.angle) return { ...shape, xy: next };
        // The opposite handle stays where it is in the picture although the centre, about which the box is turned, moves.
        const fixed = turn(shape, x + w * (1 - hx), y + h * (1 - hy), shape.angle);
        const moved = { ...shape, xy: next };
        const [fx, fy] = turn(moved, next[0] + next[2] * (1 - hx), next[1] + next[3] * (1 - hy), shape.angle);
        return { ...shape, xy: [next[0] + fixed[0] - fx, next[1] + fixed[1] - fy, next[2], next[3]] };
    },
};

/** The box that two corners span. */
export function boxOf(ax: number, ay: number, bx: number, by: number): number[] {
    return [Math.min(ax, bx), Math.min(ay, by), Math.abs(bx - ax), Math.abs(by - ay)].map(round);
}
