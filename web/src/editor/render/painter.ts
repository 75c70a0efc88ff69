/** Draws the labels that nobody is touching. Runs in a worker where there is one, else on the page: it knows no document and no DOM. */
import { geomOf } from '../model/geom/geom';
import { BOX, MASK, POLYGON, type Shape } from '../model/shape';

/** Labels by slot, as they travel to the painter. Coordinates lie one after the other; `length` says how many are whose. */
export interface Shapes {
    slots: Uint32Array;
    kind: Uint8Array;
    cls: Uint16Array;
    flags: Uint8Array;
    angle: Float32Array;
    bounds: Float32Array;
    length: Uint32Array;
    xy: Float32Array;
    rings: [slot: number, rings: number[][]][];
}

export const SHOWN = 1;
export const DASHED = 2;
export const CHOSEN = 4;

export interface Style {
    color: string;
    dash: number[];
}

/** The part of the world to draw, in device pixels. */
export interface Region {
    x: number;
    y: number;
    scale: number;
    width: number;
    height: number;
    dpr: number;
}

const fillAlpha = 0.18;
const speck_px = 6;
const small_px = 14;
const rough_px = 32;

export class Painter {
    private kind = new Uint8Array(256);
    private cls = new Uint16Array(256);
    private flags = new Uint8Array(256);
    private angle = new Float32Array(256);
    private bounds = new Float32Array(1024);
    private offset = new Uint32Array(256);
    private length = new Uint32Array(256);
    private pool = new Float32Array(4096);
    private used = 0;
    private size = 0;
    private rings = new Map<number, number[][]>();
    private styles: Style[] = [];

    clear() {
        this.size = 0;
        this.used = 0;
        this.flags.fill(0);
        this.length.fill(0);
        this.rings.clear();
    }

    setStyles(styles: Style[]) {
        this.styles = styles;
    }

    update(shapes: Shapes) {
        for (const slot of shapes.slots) this.rings.delete(slot);
        for (const [slot, rings] of shapes.rings) this.rings.set(slot, rings);
        let at = 0;
        for (let i = 0; i < shapes.slots.length; i++) {
            const slot = shapes.slots[i];
            const n = shapes.length[i];
            this.reserve(slot, n);
            if (n > this.length[slot]) {
                this.offset[slot] = this.used;
                this.used += n;
            }
            this.length[slot] = n;
            // One by one: views of so few numbers cost more than the numbers.
            for (let k = 0; k < n; k++) this.pool[this.offset[slot] + k] = shapes.xy[at++];
            this.kind[slot] = shapes.kind[i];
            this.cls[slot] = shapes.cls[i];
            this.flags[slot] = shapes.flags[i];
            this.angle[slot] = shapes.angle[i];
            for (let k = 0; k < 4; k++) this.bounds[slot * 4 + k] = shapes.bounds[i * 4 + k];
        }
    }

    private reserve(slot: number, n: number) {
        if (slot >= this.kind.length) {
            const room = Math.max(this.kind.length * 2, slot + 1);
            const wider = <T extends Uint8Array | Uint16Array | Uint32Array | Float32Array>(old: T, width = 1): T => {
                const next = new (old.constructor as new (n: number) => T)(room * width);
                next.set(old);
                return next;
            };
            this.kind = wider(this.kind);
            this.cls = wider(this.cls);
            this.flags = wider(this.flags);
            this.angle = wider(this.angle);
            this.bounds = wider(this.bounds, 4);
            this.offset = wider(this.offset);
            this.length = wider(this.length);
        }
        this.size = Math.max(this.size, slot + 1);
        if (this.used + n > this.pool.length) {
            const pool = new Float32Array(Math.max(this.pool.length * 2, this.used + n));
            pool.set(this.pool.subarray(0, this.used));
            this.pool = pool;
        }
    }

    /** With `only`, those that are chosen, or the others. */
    paint(ctx: CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D, region: Region, only?: 'chosen' | 'others') {
        const { x, y, width, height, dpr } = region;
        const scale = region.scale * dpr;
        const x1 = x + width / scale;
        const y1 = y + height / scale;
        const speck = (speck_px * dpr) / scale;
        const small = (small_px * dpr) / scale;
        const rough = (rough_px * dpr) / scale;
        ctx.setTransform(1, 0, 0, 1, 0, 0);
        ctx.clearRect(0, 0, width, height);
        ctx.setTransform(scale, 0, 0, scale, -x * scale, -y * scale);
        // Sharp corners cost half of round ones, and nobody sees it in lines this thin; a limit keeps them from becoming spikes.
        ctx.lineJoin = 'miter';
        ctx.miterLimit = 2;
        const dark = (3 * dpr) / scale;
        const bright = (1.5 * dpr) / scale;
        let dashed = false;
        for (let slot = 0; slot < this.size; slot++) {
            const flags = this.flags[slot];
            if (!(flags & SHOWN) || (only && (only === 'chosen') !== ((flags & CHOSEN) !== 0))) continue;
            const b = slot * 4;
            const bx0 = this.bounds[b];
            const by0 = this.bounds[b + 1];
            const bx1 = this.bounds[b + 2];
            const by1 = this.bounds[b + 3];
            if (bx0 > x1 || bx1 < x || by0 > y1 || by1 < y) continue;
            const { color, dash: ownDash } = this.styles[this.cls[slot]];
            // A chosen one is white inside its colour.
            const chosen = (flags & CHOSEN) !== 0;
            const line = chosen ? '#fff' : color;
            const edge = chosen ? color : '#000';
            const extent = Math.max(bx1 - bx0, by1 - by0);
            if (extent < speck) {
                ctx.globalAlpha = 0.8;
                ctx.fillStyle = line;
                ctx.fillRect(bx0, by0, Math.max(bx1 - bx0, bright), Math.max(by1 - by0, bright));
                continue;
            }
            const dash = flags & DASHED ? [6, 4] : ownDash;
            if (dash.length || dashed) {
                dashed = dash.length > 0;
                ctx.setLineDash(dash.map((d) => (d * dpr) / scale));
            }
            const kind = this.kind[slot];
            const plain = (kind === BOX || kind === MASK) && !this.angle[slot];
            ctx.fillStyle = color;
            ctx.globalAlpha = fillAlpha;
            if (plain) {
                const o = this.offset[slot];
                const bw = this.pool[o + 2];
                const bh = this.pool[o + 3];
                ctx.fillRect(bx0, by0, bw, bh);
                // Around something so small the dark line would be most of it.
                if (extent >= small) {
                    ctx.globalAlpha = 0.55;
                    ctx.strokeStyle = edge;
                    ctx.lineWidth = dark;
                    ctx.strokeRect(bx0, by0, bw, bh);
                }
                ctx.globalAlpha = 1;
                ctx.strokeStyle = line;
                ctx.lineWidth = bright;
                ctx.strokeRect(bx0, by0, bw, bh);
                continue;
            }
            ctx.beginPath();
            const shape = this.shape(slot);
            if (extent < rough && !shape.rings && shape.xy.length > 16 && kind === POLYGON) traceRough(ctx, shape.xy);
            else geomOf(kind).trace(ctx, shape);
            if (geomOf(kind).filled) ctx.fill('evenodd');
            if (extent >= small) {
                ctx.globalAlpha = 0.55;
                ctx.strokeStyle = edge;
                ctx.lineWidth = dark;
                ctx.stroke();
            }
            ctx.globalAlpha = 1;
            ctx.strokeStyle = line;
            ctx.lineWidth = bright;
            ctx.stroke();
        }
        ctx.setLineDash([]);
        ctx.globalAlpha = 1;
    }

    private shape(slot: number): Shape {
        const o = this.offset[slot];
        return { kind: this.kind[slot], xy: this.pool.subarray(o, o + this.length[slot]) as unknown as Float64Array, rings: this.rings.get(slot), angle: this.angle[slot] };
    }
}

/** Every few points are enough for a shape as small as a thumbnail. */
function traceRough(ctx: CanvasPath, xy: ArrayLike<number>) {
    const step = Math.ceil(xy.length / 2 / 8) * 2;
    ctx.moveTo(xy[0], xy[1]);
    for (let i = step; i + 1 < xy.length; i += step) ctx.lineTo(xy[i], xy[i + 1]);
    ctx.closePath();
}
