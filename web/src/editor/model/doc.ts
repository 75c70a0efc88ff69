/** The labels of one item, in columns: a slot a label, coordinates in one pool. A slot stays its label's for as long as the document
 *  lives, also after the label is removed, so that undo brings it back in place. */
import type { Label, Value } from '../../api/types';
import { geomOf } from './geom/geom';
import { fromJson, mapped, type Shape, toJson } from './shape';

/** Names a label within this browser: the server's id, or a word made here until (and after) the server gave one. */
export type Ref = string;

let made = 0;
const run = Math.random().toString(36).slice(2, 10);
export const newRef = (): Ref => `n${run}${(++made).toString(36)}`;

export type Attributes = Record<string, Value>;

/** One label as a value. */
export interface Entry {
    class: string;
    layer: string;
    attributes: Attributes;
    shape: Shape;
    confidence: number | null;
    group: number | null;
    frame: number | null;
    track?: number | null;
    outside?: boolean;
}

export const ALIVE = 1;
export const HIDDEN = 2;
export const LOCKED = 4;

/** What few labels have, or what is seldom looked at. */
type Rest = Pick<Entry, 'attributes' | 'confidence' | 'group' | 'frame' | 'track' | 'outside'> & Pick<Shape, 'rings' | 'mask' | 'skeleton'> & { by: string };

/** Words to small numbers and back. */
class Words {
    readonly list: string[] = [];
    private numbers = new Map<string, number>();
    of(word: string): number {
        let n = this.numbers.get(word);
        if (n === undefined) {
            n = this.list.push(word) - 1;
            this.numbers.set(word, n);
        }
        return n;
    }
}

export class Doc {
    static of(labels: Label[]): Doc {
        const doc = new Doc();
        doc.load(labels);
        return doc;
    }

    size = 0;
    kind = new Uint8Array(64);
    cls = new Uint16Array(64);
    layer = new Uint8Array(64);
    flags = new Uint8Array(64);
    angle = new Float64Array(64);
    seq = new Float64Array(64);
    id = new Float64Array(64);
    offset = new Uint32Array(64);
    length = new Uint32Array(64);
    bounds = new Float64Array(256);
    pool = new Float64Array(1024);
    private poolUsed = 0;
    private rest: Rest[] = [];
    readonly refs: Ref[] = [];
    private slots = new Map<Ref, number>();
    private byId = new Map<number, number>();
    readonly classes = new Words();
    readonly layers = new Words();
    private listeners = new Set<(slots: number[]) => void>();
    private changed: number[] = [];
    private depth = 0;

    /** Hears of every change, once a batch, by slots. */
    listen(listener: (slots: number[]) => void): () => void {
        this.listeners.add(listener);
        return () => this.listeners.delete(listener);
    }

    /** Changes made inside are told of together. */
    batch(change: () => void) {
        this.depth++;
        try {
            change();
        } finally {
            if (--this.depth === 0 && this.changed.length) {
                const { changed } = this;
                this.changed = [];
                if (!this.listeners.size) return;
                const slots = [...new Set(changed)];
                for (const listener of this.listeners) listener(slots);
            }
        }
    }

    private touch(slot: number) {
        if (this.depth) this.changed.push(slot);
        else this.batch(() => this.changed.push(slot));
    }

    slot(ref: Ref): number {
        return this.slots.get(ref) ?? -1;
    }

    refOfId(id: number): Ref | undefined {
        const slot = this.byId.get(id);
        return slot === undefined ? undefined : this.refs[slot];
    }

    has(ref: Ref): boolean {
        const slot = this.slot(ref);
        return slot >= 0 && (this.flags[slot] & ALIVE) !== 0;
    }

    isAlive(slot: number): boolean {
        return (this.flags[slot] & ALIVE) !== 0;
    }

    /** Slots of the labels that are there, in drawing order. */
    alive(): number[] {
        const slots: number[] = [];
        for (let slot = 0; slot < this.size; slot++) if (this.flags[slot] & ALIVE) slots.push(slot);
        return slots;
    }

    get count(): number {
        let n = 0;
        for (let slot = 0; slot < this.size; slot++) n += this.flags[slot] & ALIVE;
        return n;
    }

    className(slot: number): string {
        return this.classes.list[this.cls[slot]];
    }

    layerName(slot: number): string {
        return this.layers.list[this.layer[slot]];
    }

    attributes(slot: number): Attributes {
        return this.rest[slot].attributes;
    }

    by(slot: number): string {
        return this.rest[slot].by;
    }

    confidence(slot: number): number | null {
        return this.rest[slot].confidence;
    }

    rings(slot: number): number[][] | undefined {
        return this.rest[slot].rings;
    }

    shape(slot: number): Shape {
        const { rings, mask, skeleton } = this.rest[slot];
        const at = this.offset[slot];
        return { kind: this.kind[slot], xy: this.pool.subarray(at, at + this.length[slot]), rings, angle: this.angle[slot], mask, skeleton };
    }

    /** The same, to be kept: what `shape` gives changes with the document. */
    private shapeOf(slot: number): Shape {
        const shape = this.shape(slot);
        return { ...shape, xy: mapped(shape.xy, (v) => v) };
    }

    /** One field of a label that is there. */
    field<F extends 'class' | 'layer' | 'attributes' | 'confidence' | 'shape'>(ref: Ref, field: F): Entry[F] | undefined {
        const slot = this.slot(ref);
        if (slot < 0 || !this.isAlive(slot)) return undefined;
        const value = field === 'shape' ? this.shapeOf(slot) : field === 'class' ? this.className(slot) : field === 'layer' ? this.layerName(slot) : this.rest[slot][field as 'attributes'];
        return value as Entry[F];
    }

    entry(ref: Ref): Entry | null {
        const slot = this.slot(ref);
        if (slot < 0 || !this.isAlive(slot)) return null;
        const { attributes, confidence, group, frame, track, outside } = this.rest[slot];
        return {
            class: this.className(slot),
            layer: this.layerName(slot),
            attributes,
            shape: this.shapeOf(slot),
            confidence,
            group,
            frame,
            ...(track != null && { track }),
            ...(outside && { outside }),
        };
    }

    /** Puts a label in, over whatever had that name. */
    put(ref: Ref, entry: Entry, from: { id?: number; seq?: number; by?: string } = {}) {
        let slot = this.slot(ref);
        if (slot < 0) {
            slot = this.size++;
            if (slot >= this.kind.length) this.grow();
            this.slots.set(ref, slot);
            this.refs[slot] = ref;
        }
        const { shape, attributes, confidence, group, frame, track, outside } = entry;
        const { rings, mask, skeleton } = shape;
        this.cls[slot] = this.classes.of(entry.class);
        this.layer[slot] = this.layers.of(entry.layer);
        this.rest[slot] = { attributes, confidence, group, frame, track, outside, rings, mask, skeleton, by: from.by ?? this.rest[slot]?.by ?? '' };
        this.flags[slot] |= ALIVE;
        this.writeShape(slot, shape);
        if (from.id !== undefined) this.settleSlot(slot, from.id, from.seq ?? 0);
        this.touch(slot);
    }

    /** Sets some fields of a label that is there. */
    set(ref: Ref, fields: Partial<Entry>) {
        const slot = this.slot(ref);
        if (slot < 0) return;
        const { class: cls, layer, shape, ...rest } = fields;
        if (cls !== undefined) this.cls[slot] = this.classes.of(cls);
        if (layer !== undefined) this.layer[slot] = this.layers.of(layer);
        if (shape) this.writeShape(slot, shape);
        Object.assign(this.rest[slot], rest, shape && { rings: shape.rings, mask: shape.mask, skeleton: shape.skeleton });
        this.touch(slot);
    }

    remove(ref: Ref) {
        const slot = this.slot(ref);
        if (slot < 0) return;
        this.flags[slot] &= ~ALIVE;
        this.touch(slot);
    }

    setFlag(ref: Ref, flag: number, on: boolean) {
        const slot = this.slot(ref);
        if (slot < 0) return;
        this.flags[slot] = on ? this.flags[slot] | flag : this.flags[slot] & ~flag;
        this.touch(slot);
    }

    /** The server's id and version of a label. */
    settle(ref: Ref, id: number, seq: number) {
        const slot = this.slot(ref);
        if (slot >= 0) this.settleSlot(slot, id, seq);
    }

    private settleSlot(slot: number, id: number, seq: number) {
        this.id[slot] = id;
        this.seq[slot] = Math.max(seq, this.seq[slot]);
        this.byId.set(id, slot);
    }

    load(labels: Label[]) {
        this.batch(() => {
            for (const label of labels) this.put(this.refOfId(label.id) ?? String(label.id), entryOf(label), label);
        });
    }

    private writeShape(slot: number, shape: Shape) {
        const n = shape.xy.length;
        if (n > this.length[slot]) {
            this.reserve(n);
            this.offset[slot] = this.poolUsed;
            this.poolUsed += n;
        }
        this.length[slot] = n;
        this.pool.set(shape.xy, this.offset[slot]);
        this.kind[slot] = shape.kind;
        this.angle[slot] = shape.angle;
        const { x0, y0, x1, y1 } = geomOf(shape.kind).bounds(shape);
        const { bounds } = this;
        bounds[slot * 4] = x0;
        bounds[slot * 4 + 1] = y0;
        bounds[slot * 4 + 2] = x1;
        bounds[slot * 4 + 3] = y1;
    }

    private reserve(n: number) {
        if (this.poolUsed + n <= this.pool.length) return;
        const pool = new Float64Array(Math.max(this.pool.length * 2, this.poolUsed + n));
        pool.set(this.pool.subarray(0, this.poolUsed));
        this.pool = pool;
    }

    private grow() {
        const room = this.kind.length * 2;
        const wider = <T extends Uint8Array | Uint16Array | Uint32Array | Float64Array>(old: T, width = 1): T => {
            const next = new (old.constructor as new (n: number) => T)(room * width);
            next.set(old);
            return next;
        };
        this.kind = wider(this.kind);
        this.cls = wider(this.cls);
        this.layer = wider(this.layer);
        this.flags = wider(this.flags);
        this.angle = wider(this.angle);
        this.seq = wider(this.seq);
        this.id = wider(this.id);
        this.offset = wider(this.offset);
        this.length = wider(this.length);
        this.bounds = wider(this.bounds, 4);
    }
}

export function entryOf(label: Omit<Label, 'id' | 'by' | 'seq'>): Entry {
    const entry: Entry = {
        class: label.class,
        layer: label.layer ?? 'truth',
        attributes: label.attributes ?? {},
        shape: fromJson(label),
        confidence: label.confidence ?? null,
        group: label.group ?? null,
        frame: label.frame ?? null,
    };
    if (label.track != null) entry.track = label.track;
    if (label.outside) entry.outside = true;
    return entry;
}

/** A label as the API takes it. */
export function jsonOf(entry: Entry): Omit<Label, 'id' | 'by' | 'seq'> {
    const { shape, ...rest } = entry;
    return { ...rest, ...toJson(shape) };
}
