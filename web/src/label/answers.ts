/** What an ontology asks about a label or an item, and which of it has no answer yet. */
import type { AttributeDef, Value } from '../api/types';
import { ITEM_CLASS } from '../editor/classes';
import { type Editor, TRUTH } from '../editor/editor';
import type { Ref } from '../editor/model/doc';

export type Values = Record<string, Value>;

/** An attribute is asked for when all its conditions hold. */
export function isAsked(def: AttributeDef, values: Values): boolean {
    return Object.entries(def.when ?? {}).every(([name, wanted]) => {
        const value = values[name];
        return Array.isArray(value) ? value.includes(wanted as string) : value === wanted;
    });
}

export interface Unanswered {
    /** Undefined where the item as a whole is asked. */
    ref?: Ref;
    class: string;
    attribute: string;
}

/** The first answer that must be given before the item is done: of its labels of truth, then of the item as a whole. */
export function firstUnanswered(editor: Editor): Unanswered | undefined {
    const { doc, classes, whole } = editor;
    const lacks = (defs: AttributeDef[], values: Values) => defs.find((def) => def.required && values[def.name] === undefined && isAsked(def, values))?.name;
    for (const slot of doc.alive()) {
        const name = doc.className(slot);
        if (name === ITEM_CLASS || doc.layerName(slot) !== TRUTH) continue;
        const attribute = lacks(classes.attributesOf(name), doc.attributes(slot));
        if (attribute !== undefined) return { ref: doc.refs[slot], class: name, attribute };
    }
    const attribute = lacks(classes.ontology.value.item, whole.attributes());
    return attribute === undefined ? undefined : { class: ITEM_CLASS, attribute };
}
