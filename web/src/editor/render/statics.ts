/** The picture of all labels that nobody is touching, made elsewhere and shown scaled and shifted until a better one comes. */
import type { Doc } from '../model/doc';
import { HIDDEN } from '../model/doc';
import { TAG } from '../model/shape';
import { CHOSEN, DASHED, type Region, type Shapes, SHOWN, type Style } from './painter';
import type { View } from './view';
import type { Painted, ToPainter } from './worker';

/** What decides how a document's labels are drawn besides themselves. */
export interface Look {
    /** Grows when any of it changes. */
    version: number;
    isShown(doc: Doc, slot: number): boolean;
    isDashed(doc: Doc, slot: number): boolean;
    styles(doc: Doc): Style[];
}

const margin = 0.25;
const drift = 1.25;
const fewSlots = 200;

let made = 0;

export class Statics {
    private readonly n = ++made;
    private current: Painted | null = null;
    private version = 0;
    private lookVersion = 0;
    private asked: { region: Region; version: number } | null = null;
    /** Slots lifted out of the picture because they are being touched. */
    private lifted = new Set<number>();
    private marked = new Set<number>();
    /** How far those that are chosen are carried: many of them move as one picture until they are put down. */
    private carry: { dx: number; dy: number } | null = null;
    private carried = { dx: 0, dy: 0 };
    /** Slots that changed after the picture was asked for, with the version that will hold them. */
    private fresh = new Map<number, number>();

    private stopListening: () => void;

    constructor(
        readonly doc: Doc,
        private look: Look,
        private arrived: (from: Statics) => void,
    ) {
        takers.set(this.n, (painted) => this.take(painted));
        this.stopListening = doc.listen((slots) => this.changed(slots));
        this.renew();
    }

    /** Where the look has changed, all is drawn anew. */
    renew() {
        if (this.lookVersion === this.look.version) return;
        this.lookVersion = this.look.version;
        this.version++;
        this.fresh.clear();
        this.asked = null;
        this.post({ n: this.n, what: 'clear' });
        this.send(this.doc.alive());
    }

    private changed(slots: number[]) {
        this.version++;
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
        if (!this.carry) this.version++;
        this.carry = { dx, dy };
    }

    /** What is carried is put down: in a picture of its own until the document has it there, or back where it was. */
    putDown() {
        if (this.carry) this.version++;
        this.carry = null;
    }

    isMarked(slot: number): boolean {
        return this.marked.has(slot);
    }

    /** Nothing better is on its way. */
    get isFresh(): boolean {
        return !this.doc.size || (!this.asked && this.current?.version === this.version);
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
        this.stopListening();
        takers.delete(this.n);
        this.post({ n: this.n, what: 'close' });
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
        // Nothing to draw, or the stage is not laid out yet.
        if (!this.doc.size || !view.width || !view.height) return;
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
        this.post({ n: this.n, what: 'paint', region, version: this.version, apart: this.carry !== null });
    }

    private take(painted: Painted) {
        this.drop();
        this.current = painted;
        if (this.asked?.version === painted.version && sameRegion(this.asked.region, painted.region)) this.asked = null;
        for (const [slot, version] of this.fresh) if (version <= painted.version) this.fresh.delete(slot);
        this.arrived(this);
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
            const shown = doc.isAlive(slot) && doc.kind[slot] !== TAG && !(doc.flags[slot] & HIDDEN) && !this.lifted.has(slot) && this.look.isShown(doc, slot);
            shapes.kind[i] = doc.kind[slot];
            shapes.cls[i] = doc.cls[slot];
            shapes.flags[i] = (shown ? SHOWN : 0) | (this.look.isDashed(doc, slot) ? DASHED : 0) | (this.marked.has(slot) ? CHOSEN : 0);
            shapes.angle[i] = doc.angle[slot];
            // One by one: views of so few numbers cost more than the numbers.
            for (let k = 0; k < 4; k++) shapes.bounds[i * 4 + k] = doc.bounds[slot * 4 + k];
            shapes.length[i] = doc.length[slot];
            for (let k = 0; k < doc.length[slot]; k++) shapes.xy[at++] = doc.pool[doc.offset[slot] + k];
            const rings = doc.rings(slot);
            if (rings) shapes.rings.push([slot, rings]);
        });
        this.post({ n: this.n, what: 'styles', styles: this.look.styles(doc) });
        this.post({ n: this.n, what: 'update', shapes }, [shapes.xy.buffer, shapes.bounds.buffer]);
    }

    private post(message: ToPainter, transfer: Transferable[] = []) {
        startPainter();
        worker?.postMessage(message, transfer);
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

/** One worker draws for all documents: to start one takes longer than to draw. */
let worker: Worker | undefined;
const takers = new Map<number, (painted: Painted) => void>();

/** Called before there is anything to draw. */
export function startPainter() {
    if (worker || typeof Worker === 'undefined') return;
    worker = new Worker(new URL(RENDER_WORKER, document.baseURI), { type: 'module' });
    worker.onmessage = ({ data }: MessageEvent<Painted>) => {
        const take = takers.get(data.n);
        if (take) take(data);
        else for (const picture of [data.picture, data.carried]) picture?.close();
    };
}
