/** Edits on their way to the server: made from patches, folded to what is left of them, written as the API's operations. */
import type { Label, Operation } from '../../api/types';
import { type Attributes, type Doc, entryOf, jsonOf, type Ref } from '../model/doc';
import type { Patch } from '../model/tx';

export type NewLabel = Omit<Label, 'id' | 'by' | 'seq'>;
export type LabelField = 'class' | 'layer' | 'attributes' | 'shape' | 'confidence';

export interface Edit {
    op: 'add' | 'change' | 'remove';
    ref: Ref;
    item: number;
    /** The server's id, where it was known when the edit was made. */
    id?: number;
    /** The version the author saw. */
    was: number;
    /** What a change sets. */
    fields: LabelField[];
    /** Attributes that a change takes away: the server lays the others over what it has. */
    gone?: string[];
    /** The label as it is afterwards; of a removal, as it was. */
    label: NewLabel;
}

export function editsOf(doc: Doc, item: number, patches: Patch[]): Edit[] {
    const edits: Edit[] = [];
    for (const { ref, field, before, after } of patches) {
        const slot = doc.slot(ref);
        const known = { ref, item, was: doc.seq[slot], ...(doc.id[slot] ? { id: doc.id[slot] } : {}) };
        if (field === 'label') {
            const entry = (after ?? before) as Parameters<typeof jsonOf>[0];
            edits.push({ op: after ? 'add' : 'remove', ...known, fields: [], label: jsonOf(entry) });
        } else {
            const entry = doc.entry(ref);
            if (entry) edits.push({ op: 'change', ...known, fields: [field], ...(field === 'attributes' && { gone: Object.keys(before as Attributes) }), label: jsonOf(entry) });
        }
    }
    return fold(edits);
}

/** What is left of a run of edits: at most one a label, in the order in which labels were first touched. */
export function fold(edits: Edit[]): Edit[] {
    const left = new Map<Ref, Edit>();
    for (const edit of edits) {
        const before = left.get(edit.ref);
        if (!before) {
            left.set(edit.ref, edit);
            continue;
        }
        const base = { ...edit, id: before.id ?? edit.id, was: before.was, gone: [...new Set([...(before.gone ?? []), ...(edit.gone ?? [])])] };
        if (edit.op === 'remove') {
            if (before.op === 'add') left.delete(edit.ref);
            else left.set(edit.ref, { ...base, op: 'remove', fields: [] });
        } else if (edit.op === 'add') {
            if (before.op === 'remove') left.set(edit.ref, { ...base, op: 'change', fields: ['class', 'layer', 'attributes', 'shape', 'confidence'], gone: Object.keys(before.label.attributes) });
            else left.set(edit.ref, { ...base, op: before.op, fields: before.fields });
        } else if (before.op === 'change') left.set(edit.ref, { ...base, op: 'change', fields: [...new Set([...before.fields, ...edit.fields])] });
        else if (before.op === 'add') left.set(edit.ref, { ...base, op: 'add', fields: [] });
    }
    return [...left.values()];
}

const shapeKeys = ['box', 'angle', 'polygon', 'polyline', 'points', 'skeleton', 'mask', 'ellipse', 'cuboid', 'tag'] as const;

/** What the server knows the label as: nothing for one that it does not have yet. */
export interface Known {
    id: number;
    seq: number;
}

/** null: the label is not known to the server, so there is nothing to change or remove. */
export function operationOf(edit: Edit, known: Known | undefined): Operation | null {
    const { label } = edit;
    if (edit.op === 'add') return { op: 'add', item: edit.item, ...stripped(label) };
    const id = known?.id ?? edit.id ?? (/^\d+$/.test(edit.ref) ? Number(edit.ref) : 0);
    if (!id) return null;
    const was = Math.max(edit.was, known?.seq ?? 0);
    if (edit.op === 'remove') return { op: 'remove', id, was };
    const change: Record<string, unknown> = {};
    for (const field of edit.fields) {
        if (field === 'shape') {
            for (const key of shapeKeys) if (label[key] !== undefined) change[key] = label[key];
            if (label.box || label.ellipse) change.angle = label.angle ?? 0;
        } else if (field === 'attributes') change.attributes = { ...Object.fromEntries((edit.gone ?? []).map((name) => [name, null])), ...label.attributes };
        else change[field] = label[field];
    }
    return { op: 'change', id, was, ...change } as Operation;
}

/** Without what is null anyway. */
function stripped(label: NewLabel): Partial<NewLabel> {
    return Object.fromEntries(Object.entries(label).filter(([, value]) => value !== null && value !== undefined)) as Partial<NewLabel>;
}

/** Applies edits that are still on their way to a document that was read from the server. */
export function replay(doc: Doc, edits: Edit[]) {
    doc.batch(() => {
        for (const edit of edits) {
            const entry = entryOf(edit.label as Label);
            if (edit.op === 'add') doc.put(edit.ref, entry);
            else if (edit.op === 'remove') doc.remove(refIn(doc, edit));
            else {
                const ref = refIn(doc, edit);
                if (doc.has(ref)) doc.set(ref, Object.fromEntries(edit.fields.map((field) => [field, entry[field]])));
            }
        }
    });
}

function refIn(doc: Doc, edit: Edit): Ref {
    return (edit.id && doc.refOfId(edit.id)) || edit.ref;
}
