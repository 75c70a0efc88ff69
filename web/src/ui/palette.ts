/** Colours of classes: told apart also by people who do not see red, green or blue. */
import type { ClassDef } from '../api/types';

export const palette = ['#56b4e9', '#d8ed20', '#c95b0a', '#6d65fe', '#4cfcef', '#d6a866', '#a3699b', '#f77cae', '#a6e599', '#6d8de8', '#c87974', '#26dafe'];
export const unknownColor = '#82868e';

export function colorOf(def: ClassDef | undefined, place: number): string {
    return def?.color || palette[(def?.index !== undefined && def.index >= 0 ? def.index : Math.max(0, place)) % palette.length];
}

export function colorsOf(classes: ClassDef[]): Map<string, string> {
    return new Map(classes.map((def, place) => [def.name, colorOf(def, place)]));
}
