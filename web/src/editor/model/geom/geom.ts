/** What every kind of shape can do: bounds, hits, outline, moving, reshaping. One module a kind; `geomOf` finds it. */
import { BOX, ELLIPSE, MASK, POINTS, POLYGON, POLYLINE, SKELETON, type Shape, TAG } from '../shape';
import { box } from './box';
import { path } from './path';
import { ellipse, points, skeleton, tag } from './rest';

export interface Hit {
    part: 'handle' | 'vertex' | 'edge' | 'body';
    index: number;
}

export interface Bounds {
    x0: number;
    y0: number;
    x1: number;
    y1: number;
}

/** Something to trace an outline into: a canvas or a Path2D. */
export type Tracer = Pick<CanvasPath, 'moveTo' | 'lineTo' | 'closePath' | 'ellipse'>;

export interface Geom {
    bounds(shape: Shape): Bounds;
    /** What lies at a point within a tolerance; `handles`: of a selected shape, whose handles, vertices and edges count. */
    hit(shape: Shape, x: number, y: number, tolerance: number, handles: boolean): Hit | null;
    trace(path: Tracer, shape: Shape): void;
    /** Points that are drawn as handles when the shape is selected. */
    handles(shape: Shape): number[];
    move(shape: Shape, dx: number, dy: number): Shape;
    /** The shape with what was hit dragged to a point; `even` keeps proportions. */
    drag(shape: Shape, hit: Hit, x: number, y: number, even: boolean): Shape;
    filled: boolean;
}

export function geomOf(kind: number): Geom {
    switch (kind) {
        case BOX:
        case MASK:
            return box;
        case ELLIPSE:
            return ellipse;
        case SKELETON:
            return skeleton;
        case POINTS:
            return points;
        case TAG:
            return tag;
        case POLYGON:
        case POLYLINE:
        default:
            return path;
    }
}

export function cursorOf(hit: Hit | null, shape?: Shape): string {
    if (!hit) return 'default';
    if (hit.part === 'body') return 'move';
    if (hit.part === 'edge') return 'copy';
    if (hit.part === 'vertex') return 'grab';
    const names = ['nwse-resize', 'ns-resize', 'nesw-resize', 'ew-resize'];
    return names[(hit.index + Math.round((shape?.angle ?? 0) / 45) + 16) % 4];
}
