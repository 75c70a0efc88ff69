/** The project's classes as an editor asks for them: what each may be, what is asked about it, how it is drawn. */
import { signal } from '@preact/signals-core';
import type { AttributeDef, ClassDef, Ontology } from '../api/types';
import { kindName } from './model/shape';
import type { Style } from './render/painter';

export const ITEM_CLASS = 'item';

/** More classes than colours: the line tells them apart. */
const dashes = [[], [8, 4], [2, 3]];

export class Classes {
    readonly ontology = signal<Ontology>({ id: 0, version: 0, classes: [], item: [] });
    private places = new Map<string, number>();
    private colors = new Map<string, string>();

    constructor(
        private colorsOf: (classes: ClassDef[]) => Map<string, string>,
        private unknownColor: string,
    ) {}

    set(ontology: Ontology) {
        this.places = new Map(ontology.classes.map((def, place) => [def.name, place]));
        this.colors = this.colorsOf(ontology.classes);
        this.ontology.value = ontology;
    }

    def(name: string): ClassDef | undefined {
        return this.ontology.value.classes[this.places.get(name) ?? -1];
    }

    isTagOnly(name: string): boolean {
        return this.def(name)?.kinds?.join() === 'tag';
    }

    allows(name: string, kind: number): boolean {
        const kinds = this.def(name)?.kinds;
        return !kinds?.length || kinds.includes(kindName(kind));
    }

    /** Attributes of a class, those of its parents first. */
    attributesOf(name: string): AttributeDef[] {
        if (name === ITEM_CLASS) return this.ontology.value.item;
        const chain: ClassDef[] = [];
        for (let def = this.def(name); def && !chain.includes(def); def = def.parent ? this.def(def.parent) : undefined) chain.unshift(def);
        return chain.flatMap((def) => def.attributes ?? []);
    }

    colorOf(name: string): string {
        return this.colors.get(name) ?? this.unknownColor;
    }

    styleOf(name: string): Style {
        const place = this.places.get(name) ?? 0;
        return { color: this.colorOf(name), dash: dashes[Math.floor(place / 12) % dashes.length] };
    }
}
