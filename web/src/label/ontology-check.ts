/** What is wrong with an ontology while it is being edited, by the JSON pointers that the server uses as well. */
import type { AttributeDef, ClassDef, Ontology } from '../api/types';
import { t } from '../texts';
import { takenBy } from './key-map';

export type Problems = Record<string, string>;

export function checkOntology({ classes, item }: Ontology): Problems {
    const problems: Problems = {};
    const times = new Map<string, number>();
    for (const { name } of classes) times.set(name, (times.get(name) ?? 0) + 1);
    const keys = new Map<string, string>();
    classes.forEach((def, i) => {
        const at = `/classes/${i}`;
        if (!def.name.trim()) problems[`${at}/name`] = t.ontology.problem.empty;
        else if (def.name === 'item') problems[`${at}/name`] = t.ontology.problem.item;
        else if (times.get(def.name)! > 1) problems[`${at}/name`] = t.ontology.problem.twice;
        if (def.key) {
            const other = takenBy(def.key) ?? keys.get(def.key.toLowerCase());
            if (other) problems[`${at}/key`] = t.ontology.problem.keyTaken(other);
            else if (!/^[0-9j]$/i.test(def.key)) problems[`${at}/key`] = t.ontology.problem.key;
            keys.set(def.key.toLowerCase(), def.name);
        }
        checkAttributes(def.attributes ?? [], at, inherited(classes, def), problems);
    });
    checkAttributes(item, '', new Set(), problems, 'item');
    return problems;
}

function inherited(classes: ClassDef[], def: ClassDef): Set<string> {
    const names = new Set<string>();
    const seen = new Set([def.name]);
    for (let parent = def.parent; parent && !seen.has(parent); ) {
        seen.add(parent);
        const above = classes.find((other) => other.name === parent);
        for (const attribute of above?.attributes ?? []) names.add(attribute.name);
        parent = above?.parent;
    }
    return names;
}

function checkAttributes(attributes: AttributeDef[], under: string, above: Set<string>, problems: Problems, list = 'attributes') {
    const names = new Set(above);
    attributes.forEach((def, i) => {
        const at = `${under}/${list}/${i}`;
        if (!def.name.trim()) problems[`${at}/name`] = t.ontology.problem.empty;
        else if (names.has(def.name)) problems[`${at}/name`] = t.ontology.problem.twice;
        names.add(def.name);
        if (def.type !== 'one' && def.type !== 'many') return;
        const options = (def.options ?? []).map((option) => (typeof option === 'string' ? option : option.name));
        const double = options.find((option, k) => options.indexOf(option) !== k);
        if (!options.length) problems[`${at}/options`] = t.ontology.problem.options;
        else if (double !== undefined) problems[`${at}/options`] = t.ontology.problem.optionTwice(double);
    });
}

/** Ways of answering that can be a condition. */
export const canBeCondition = (def: AttributeDef) => def.type === 'one' || def.type === 'many' || def.type === 'yesno';
