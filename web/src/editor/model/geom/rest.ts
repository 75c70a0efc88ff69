/** Kinds that can be seen, chosen, moved and removed, but not drawn yet: ellipses, points, skeletons; and tags, which have no place. */
import { mapped, type Shape } from '../shape';
import type { Geom } from './geom';

export const ellipse: Geom = {
    filled: true,
    handles: () => [],
    bounds({ xy: [cx, cy, rx, ry], angle }) {
        const a = (angle * Math.PI) / 180;
        const w = Math.hypot(rx * Math.cos(a), ry * Math.sin(a));
        const h = Math.hypot(rx * Math.sin(a), ry * Math.cos(a));
        return { x0: cx - w, y0: cy - h, x1: cx + w, y1: cy + h };
    },
    hit({ xy: [cx, cy, rx, ry], angle }, x, y, tolerance) {
        const a = (-angle * Math.PI) / 180;
        const lx = (x - cx) * Math.cos(a) - (y - cy) * Math.sin(a);
        const ly = (x - cx) * Math.sin(a) + (y - cy) * Math.cos(a);
        return (lx / (rx + tolerance)) ** 2 + (ly / (ry + tolerance)) ** 2 <= 1 ? { part: 'body', index: 0 } : null;
    },
    trace(path, { xy: [cx, cy, rx, ry], angle }) {
        const a = (angle * Math.PI) / 180;
        path.moveTo(cx + rx * Math.cos(a), cy + rx * Math.sin(a));
        path.ellipse(cx, cy, rx, ry, a, 0, Math.PI * 2);
    },
    move: (shape, dx, dy) => ({ ...shape, xy: [shape.xy[0] + dx, shape.xy[1] + dy, shape.xy[2], shape.xy[3]] }),
    drag: (shape) => shape,
};

/** Points at a stride: 2 for points, 3 for skeletons (x, y, visibility; 0 is not there). */
function dots(stride: number): Geom {
    const there = (shape: Shape, i: number) => stride === 2 || shape.xy[i + 2] > 0;
    return {
        filled: false,
        handles(shape) {
            const out: number[] = [];
            for (let i = 0; i + 1 < shape.xy.length; i += stride) if (there(shape, i)) out.push(shape.xy[i], shape.xy[i + 1]);
            return out;
        },
        bounds(shape) {
            const at = { x0: Number.POSITIVE_INFINITY, y0: Number.POSITIVE_INFINITY, x1: Number.NEGATIVE_INFINITY, y1: Number.NEGATIVE_INFINITY };
            for (let i = 0; i + 1 < shape.xy.length; i += stride) {
                if (!there(shape, i)) continue;
                at.x0 = Math.min(at.x0, shape.xy[i]);
                at.x1 = Math.max(at.x1, shape.xy[i]);
                at.y0 = Math.min(at.y0, shape.xy[i + 1]);
                at.y1 = Math.max(at.y1, shape.xy[i + 1]);
            }
            return at.x0 <= at.x1 ? at : { x0: 0, y0: 0, x1: 0, y1: 0 };
        },
        hit(shape, x, y, tolerance) {
            for (let i = 0; i + 1 < shape.xy.length; i += stride)
                if (there(shape, i) && (shape.xy[i] - x) ** 2 + (shape.xy[i + 1] - y) ** 2 <= tolerance * tolerance * 2) return { part: 'body', index: 0 };
            return null;
        },
        trace(path, shape) {
            for (let i = 0; i + 1 < shape.xy.length; i += stride) {
                if (!there(shape, i)) continue;
                path.moveTo(shape.xy[i] + 2, shape.xy[i + 1]);
                path.ellipse(shape.xy[i], shape.xy[i + 1], 2, 2, 0, 0, Math.PI * 2);
            }
        },
        move: (shape, dx, dy) => ({ ...shape, xy: mapped(shape.xy, (v, i) => (i % stride === 0 ? v + dx : i % stride === 1 ? v + dy : v)) }),
        drag: (shape) => shape,
    };
}

export const points = dots(2);
export const skeleton = dots(3);

export const tag: Geom = {
    filled: false,
    handles: () => [],
    bounds: () => ({ x0: 0, y0: 0, x1: 0, y1: 0 }),
    hit: () => null,
    trace: () => {},
    move: (shape) => shape,
    drag: (shape) => shape,
};
