/** Changes as patches: what a field was and what it is. One transaction a gesture; its patches go to the history and to the journal. */
import type { Doc, Entry, Ref } from './doc';
import { sameShape } from './shape';

export type Field = 'label' | 'class' | 'layer' | 'attributes' | 'shape' | 'confidence';

export interface Patch {
    ref: Ref;
    field: Field;
    /** Of field `label`, an Entry or null where there is no label. */
    before: unknown;
    after: unknown;
}

export interface Change {
    /** What was done, for people: "draw box". */
    label: string;
    patches: Patch[];
}

/** Collects what one gesture changes. Fields set twice keep their first `before`. */
export class Tx {
    private byField = new Patches();
    constructor(private doc: Doc) {}

    get patches(): Patch[] {
        return this.byField.list;
    }

    add(ref: Ref, entry: Entry) {
        this.write({ ref, field: 'label', before: null, after: entry });
    }

    remove(ref: Ref) {
        const entry = this.doc.entry(ref);
        if (entry) this.write({ ref, field: 'label', before: entry, after: null });
    }

    set<F extends Exclude<Field, 'label'>>(ref: Ref, field: F, value: Entry[F]) {
        const before = this.doc.field(ref, field);
        if (before === undefined || same(field, before, value)) return;
        this.write({ ref, field, before, after: value });
    }

    private write(patch: Patch) {
        apply(this.doc, [patch]);
        this.byField.add(patch);
    }
}

/** Patches in order; a field that is set again while its label stands is set once. */
class Patches {
    readonly list: Patch[] = [];
    private known = new Map<Ref, Map<Field, Patch>>();

    add(patch: Patch) {
        const { ref, field, after } = patch;
        const fields = this.known.get(ref);
        const same = fields?.get(field);
        if (field !== 'label' && same) {
            same.after = after;
            return;
        }
        this.list.push(patch);
        if (field === 'label') this.known.delete(ref);
        else if (fields) fields.set(field, patch);
        else this.known.set(ref, new Map([[field, patch]]));
    }
}

function same(field: Field, a: unknown, b: unknown): boolean {
    if (field === 'shape') return sameShape(a as Entry['shape'], b as Entry['shape']);
    return JSON.stringify(a) === JSON.stringify(b);
}

export function apply(doc: Doc, patches: Patch[]) {
    doc.batch(() => {
        for (const { ref, field, after } of patches) {
            if (field !== 'label') doc.set(ref, { [field]: after });
            else if (after) doc.put(ref, after as Entry);
            else doc.remove(ref);
        }
    });
}

/** The patches that take these back, in the order to apply them. */
export function invert(patches: Patch[]): Patch[] {
    return patches.map(({ ref, field, before, after }) => ({ ref, field, before: after, after: before })).reverse();
}

/** Two runs of patches as one, for gestures that follow each other closely (nudging, dragging a slider). */
export function merge(first: Patch[], second: Patch[]): Patch[] {
    const merged = new Patches();
    for (const patch of [...first, ...second]) merged.add({ ...patch });
    return merged.list;
}
