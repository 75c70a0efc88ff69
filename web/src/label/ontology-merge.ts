/** Two people changed one ontology: what each changed since they began holds; what both changed is taken from the one who saves now. */
import type { ClassDef, Ontology } from '../api/types';

const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);
const byId = (classes: ClassDef[]) => new Map(classes.filter((def) => def.id).map((def) => [def.id, def]));

export function mergeOntologies(base: Ontology, mine: Ontology, theirs: Ontology): { merged: Ontology; clashes: string[] } {
    const before = byId(base.classes);
    const own = byId(mine.classes);
    const clashes: string[] = [];
    const classes: ClassDef[] = [];
    for (const their of theirs.classes) {
        const was = before.get(their.id);
        const my = own.get(their.id);
        const theyChanged = !same(their, was);
        if (was && !my && !theyChanged) continue; // removed here
        const iChanged = was && !same(my, was);
        if (iChanged && theyChanged) clashes.push(their.name);
        classes.push(my && iChanged ? my : their);
    }
    for (const my of mine.classes) {
        const isNew = !my.id;
        if (isNew && classes.every((def) => def.name !== my.name)) classes.push(my);
        else if (!isNew && !theirs.classes.some((def) => def.id === my.id) && !same(my, before.get(my.id))) clashes.push(my.name); // removed there
    }
    const order = (list: ClassDef[]) => list.flatMap((def) => (def.id && before.has(def.id) && own.has(def.id) ? def.id : []));
    if (!same(order(mine.classes), order(base.classes))) {
        const place = (def: ClassDef) => mine.classes.findIndex((other) => (def.id ? other.id === def.id : other.name === def.name));
        classes.sort((a, b) => (place(a) + 1 || Infinity) - (place(b) + 1 || Infinity) || 0);
    }
    const iChangedItem = !same(mine.item, base.item);
    if (iChangedItem && !same(theirs.item, base.item)) clashes.push('item');
    return { merged: { ...theirs, classes, item: iChangedItem ? mine.item : theirs.item }, clashes };
}
