/** Keys of classes: their own, and for the first without one the digits that are left. */
import type { ClassDef } from '../api/types';

export function keysOfClasses(classes: ClassDef[]): Map<string, string> {
    const taken = new Set(classes.map((def) => def.key).filter(Boolean));
    const digits = [...'1234567890'].filter((digit) => !taken.has(digit));
    const keys = new Map<string, string>();
    for (const def of classes) {
        const key = def.key || digits.shift();
        if (key) keys.set(def.name, key.toLowerCase());
    }
    return keys;
}
