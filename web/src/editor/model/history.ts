/** What can be taken back. Undo is a new change that is the inverse of the old one, so the journal and other people see it as any other. */
import type { Entry } from './doc';
import { type Change, invert, merge } from './tx';

const keepBytes = 64 << 20;
const mergeWithin_ms = 250;

interface Step extends Change {
    bytes: number;
    mergeKey?: string;
    at: number;
}

export class History {
    private past: Step[] = [];
    private future: Step[] = [];
    private bytes = 0;

    /** `mergeKey`: changes with the same one that follow within a quarter of a second are taken back together. */
    push(change: Change, mergeKey?: string, now = performance.now()) {
        this.future = [];
        const last = this.past.at(-1);
        if (mergeKey && last?.mergeKey === mergeKey && now - last.at < mergeWithin_ms) {
            this.bytes -= last.bytes;
            last.patches = merge(last.patches, change.patches);
            last.at = now;
            last.bytes = weigh(last);
            this.bytes += last.bytes;
            return;
        }
        const step = { ...change, mergeKey, at: now, bytes: weigh(change) };
        this.past.push(step);
        this.bytes += step.bytes;
        while (this.bytes > keepBytes && this.past.length > 1) this.bytes -= this.past.shift()!.bytes;
    }

    get undoLabel(): string | undefined {
        return this.past.at(-1)?.label;
    }

    get redoLabel(): string | undefined {
        return this.future.at(-1)?.label;
    }

    /** The change to apply, or null when there is nothing left. */
    undo(): Change | null {
        const step = this.past.pop();
        if (!step) return null;
        this.bytes -= step.bytes;
        this.future.push(step);
        return { label: step.label, patches: invert(step.patches) };
    }

    redo(): Change | null {
        const step = this.future.pop();
        if (!step) return null;
        step.mergeKey = undefined;
        this.past.push(step);
        this.bytes += step.bytes;
        return { label: step.label, patches: step.patches };
    }

    clear() {
        this.past = [];
        this.future = [];
        this.bytes = 0;
    }
}

function weigh({ patches }: Change): number {
    let bytes = 64;
    for (const { before, after } of patches) bytes += 96 + weighValue(before) + weighValue(after);
    return bytes;
}

function weighValue(value: unknown): number {
    if (!value || typeof value !== 'object') return 16;
    const { shape, xy, mask } = value as Partial<Entry> & { xy?: ArrayLike<number>; mask?: { counts: string } };
    return 64 + (shape ? weighValue(shape) : 0) + (xy ? xy.length * 8 : 0) + (mask ? mask.counts.length : 0);
}
