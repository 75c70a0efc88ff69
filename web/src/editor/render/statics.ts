/** The picture of all labels that nobody is touching, made elsewhere and shown scaled and shifted until a better one comes. */
import type { Doc } from '../model/doc';
import { HIDDEN } from '../model/doc';
import { TAG } from '../model/shape';
import { CHOSEN, DASHED, Painter, type Region, type Shapes, SHOWN, type Style } from './painter';
import type { View } from './view';
import type { Painted, ToPainter } from './worker';

interface Maker {
    post(message: ToPainter, transfer?: Transferable[]): void;
    close(): void;
}

/** What decides how a label is drawn besides itself. */
export interface Look {
    isShown(slot: number): boolean;
    isDashed(slot: number): boolean;
    styles(): Style[];
}

const margin = 0.25;
const drift = 1.25;
const fewSlots = 200;

/** Of all there are, since a painter goes from one to the next: what was asked for by another is known by it. */
let lastVersion = 0;

export class Statics {
    private maker: Maker;
    private current: Painted | null = null;
    private readonly since = lastVersion;
    private version = ++lastVersion;
    private asked: { region: Region; version: number } | null = null;
    /** Slots lifted out of the picture because they are being touched. */
    private lifted = new Set<number>();
    private marked = new Set<number>();
    /** How far those that are chosen are carried: many of them move as one picture until they are put down. */
    private carry: { dx: number; dy: number } | null = null;
    private carried = { dx: 0, dy: 0 };
    /** Slots that changed after the picture was asked for, with the version that will hold them. */
    private fresh = new Map<number, number>();

    constructor(
        private doc: Doc,
        private look: Look,
        private arrived: () => void,
    ) {
        this.maker = workerMaker((painted) => this.take(painted)) ?? pageMaker((painted) => this.take(painted));
    }

    /** Another document, or another look at it. */
    reset(doc = this.doc) {
        if (doc !== this.doc) {
            this.lifted.clear();
            this.marked.clear();
            this.drop();
            this.carry = null;
        }
        this.doc = doc;
        this.version = ++lastVersion;
        this.fresh.clear();
        this.asked = null;
        this.maker.post({ what: 'clear' });
        this.maker.post({ what: 'styles', styles: this.look.styles() });
        this.send([...doc.alive()]);
    }

    changed(slots: number[]) {
        this.version = ++lastVersion;
        for (const slot of slots) this.fresh.set(slot, this.version);
        this.send(slots);
    }

    /** What is chosen. A few are lifted out, for the page to draw; of many only the look changes. */
    choose(slots: number[]) {
        const few = slots.length <= fewSlots;
        const lifted = new Set(few ? slots : []);
        const marked = new Set(few ? [] : slots);
        const moved = [...difference(lifted, this.lifted), ...difference(marked, this.marked)];
        if (!moved.length) return;
        this.lifted = lifted;
        this.marked = marked;
        this.changed(moved);
    }

    /** Slots that the page must draw itself for now: never so many that its frames would suffer; those wait for the next picture. */
    onTop(): number[] {
        return [...new Set([...(this.fresh.size <= fewSlots ? this.fresh.keys() : []), ...this.lifted])];
    }

    /** So many are chosen that they are carried as one picture; where they lie now, as often as the pointer moves. */
    carries(dx: number, dy: number) {
        if (!this.carry) this.version = ++lastVersion;
        this.carry = { dx, dy };
    }

    /** What is carried is put down: in a picture of its own until the document has it there, or back where it was. */
    putDown() {
        if (this.carry) this.version = ++lastVersion;
        this.carry = null;
    }

    isMarked(slot: number): boolean {
        return this.marked.has(slot);
    }

    /** Nothing better is on its way. */
    get isFresh(): boolean {
        return !this.asked && this.current?.version === this.version;
    }

    /** Draws the picture there is, and asks for a better one where it does not do. */
    draw(ctx: CanvasRenderingContext2D, view: View, alpha: number) {
        this.prepare(view);
        if (!this.current || !alpha) return;
        const { picture, carried, region } = this.current;
        const k = view.scale / region.scale;
        ctx.globalAlpha = alpha;
        ctx.imageSmoothingEnabled = k !== 1;
        const x = (region.x - view.x) * view.scale;
        const y = (region.y - view.y) * view.scale;
        // Whole device pixels while panning: nothing swims.
        const snap = k === 1 ? (v: number) => Math.round(v * view.dpr) / view.dpr : (v: number) => v;
        const [w, h] = [(region.width / region.dpr) * k, (region.height / region.dpr) * k];
        ctx.drawImage(picture, snap(x), snap(y), w, h);
        if (this.carry) this.carried = this.carry;
        if (carried) ctx.drawImage(carried, snap(x + this.carried.dx * view.scale), snap(y + this.carried.dy * view.scale), w, h);
        ctx.globalAlpha = 1;
    }

    close() {
        this.maker.close();
        this.drop();
    }

    /** Asks for the very scale that is shown now: called when the view has come to rest. */
    sharpen(view: View) {
        if (this.current && !this.asked && this.current.region.scale !== view.scale) this.ask(view);
    }

    /** Asks for a picture of this view where the one there is does not do. */
    prepare(view: View) {
        const have = this.asked ?? this.current;
        if (have?.version !== this.version || !covers(have.region, view)) this.ask(view);
    }

    private ask(view: View) {
        // The stage is not laid out yet.
        if (!view.width || !view.height) return;
        const w = view.width / view.scale;
        const h = view.height / view.scale;
        const region = {
            x: view.x - w * margin,
            y: view.y - h * margin,
            scale: view.scale,
            width: Math.ceil(view.width * (1 + 2 * margin) * view.dpr),
            height: Math.ceil(view.height * (1 + 2 * margin) * view.dpr),
            dpr: view.dpr,
        };
        this.asked = { region, version: this.version };
        this.maker.post({ what: 'paint', region, version: this.version, apart: this.carry !== null });
    }

    private take(painted: Painted) {
        if (painted.version <= this.since) return painted.picture.close();
        this.drop();
        this.current = painted;
        if (this.asked?.version === painted.version && sameRegion(this.asked.region, painted.region)) this.asked = null;
        for (const [slot, version] of this.fresh) if (version <= painted.version) this.fresh.delete(slot);
        this.arrived();
    }

    private drop() {
        this.current?.picture.close();
        this.current?.carried?.close();
        this.current = null;
    }

    private send(slots: number[]) {
        const { doc } = this;
        let numbers = 0;
        for (const slot of slots) numbers += doc.length[slot];
        const n = slots.length;
        const shapes: Shapes = {
            slots: new Uint32Array(slots),
            kind: new Uint8Array(n),
            cls: new Uint16Array(n),
            flags: new Uint8Array(n),
            angle: new Float32Array(n),
            bounds: new Float32Array(n * 4),
            length: new Uint32Array(n),
            xy: new Float32Array(numbers),
            rings: [],
        };
        let at = 0;
        slots.forEach((slot, i) => {
            const shown = doc.isAlive(slot) && doc.kind[slot] !== TAG && !(doc.flags[slot] & HIDDEN) && !this.lifted.has(slot) && this.look.isShown(slot);
            shapes.kind[i] = doc.kind[slot];
            shapes.cls[i] = doc.cls[slot];
            shapes.flags[i] = (shown ? SHOWN : 0) | (this.look.isDashed(slot) ? DASHED : 0) | (this.marked.has(slot) ? CHOSEN : 0);
            shapes.angle[i] = doc.angle[slot];
            shapes.bounds.set(doc.bounds.subarray(slot * 4, slot * 4 + 4), i * 4);
            shapes.length[i] = doc.length[slot];
            shapes.xy.set(doc.pool.subarray(doc.offset[slot], doc.offset[slot] + doc.length[slot]), at);
            at += doc.length[slot];
            const rings = doc.rings(slot);
            if (rings) shapes.rings.push([slot, rings]);
        });
        this.maker.post({ what: 'styles', styles: this.look.styles() });
        this.maker.post({ what: 'update', shapes }, [shapes.xy.buffer, shapes.bounds.buffer]);
    }
}

const difference = (a: Set<number>, b: Set<number>) => [...[...a].filter((slot) => !b.has(slot)), ...[...b].filter((slot) => !a.has(slot))];

function covers(region: Region, view: View): boolean {
    const k = view.scale / region.scale;
    if (k > drift || k < 1 / drift || view.dpr !== region.dpr) return false;
    const w = region.width / region.dpr / region.scale;
    const h = region.height / region.dpr / region.scale;
    return view.x >= region.x && view.y >= region.y && view.x + view.width / view.scale <= region.x + w && view.y + view.height / view.scale <= region.y + h;
}

const sameRegion = (a: Region, b: Region) => a.x === b.x && a.y === b.y && a.scale === b.scale && a.width === b.width && a.height === b.height;

/** To start one takes longer than to draw: it is kept from page to page. */
let idle: Worker | undefined;

/** Called before there is anything to draw. */
export function startPainter() {
    if (typeof Worker !== 'undefined' && typeof OffscreenCanvas !== 'undefined') idle ??= new Worker(new URL(RENDER_WORKER, document.baseURI), { type: 'module' });
}

function workerMaker(take: (painted: Painted) => void): Maker | null {
    startPainter();
    const worker = idle;
    if (!worker) return null;
    idle = undefined;
    worker.onmessage = ({ data }: MessageEvent<Painted>) => take(data);
    return {
        post: (message, transfer = []) => worker.postMessage(message, transfer),
        close: () => {
            worker.onmessage = null;
            worker.postMessage({ what: 'clear' } satisfies ToPainter);
            if (idle) worker.terminate();
            idle ??= worker;
        },
    };
}

/** Where there are no workers that draw: the same, a moment later, on the page. */
function pageMaker(take: (painted: Painted) => void): Maker {
    const painter = new Painter();
    let timer: ReturnType<typeof setTimeout> | undefined;
    return {
        post(message) {
            if (message.what === 'clear') painter.clear();
            else if (message.what === 'styles') painter.setStyles(message.styles);
            else if (message.what === 'update') painter.update(message.shapes);
            else {
                clearTimeout(timer);
                const { region, version, apart } = message;
                const draw = (only?: 'chosen' | 'others') => {
                    const canvas = document.createElement('canvas');
                    canvas.width = region.width;
                    canvas.height = region.height;
                    painter.paint(canvas.getContext('2d')!, region, only);
                    return createImageBitmap(canvas);
                };
                timer = setTimeout(async () => take({ picture: await draw(apart ? 'others' : undefined), carried: apart ? await draw('chosen') : undefined, region, version }));
            }
        },
        close: () => clearTimeout(timer),
    };
}
