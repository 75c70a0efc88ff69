/** Labels of the items in sight, by the hundred. */
import type { Item, Label, LabelsPage } from './types';
import { at, get } from './client';

const batchLimit = 200;
const keep = 5000;

export class ThumbnailLabels {
    private known = new Map<number, Label[]>();
    private wanted = new Set<number>();
    private asked = new Set<number>();
    private scheduled = false;

    constructor(
        private project: string,
        private layer: string | undefined,
        private arrived: () => void,
    ) {}

    /** undefined: not here yet (they are on their way now). */
    get(item: Item): Label[] | undefined {
        const found = this.known.get(item.id);
        if (found || !item.labels) return found ?? [];
        if (!this.asked.has(item.id)) {
            this.wanted.add(item.id);
            if (!this.scheduled) {
                this.scheduled = true;
                queueMicrotask(() => void this.load());
            }
        }
        return undefined;
    }

    /** Forgets what is wanted but not asked for yet: it has been scrolled past. */
    drop() {
        this.wanted.clear();
    }

    private async load() {
        this.scheduled = false;
        const items = [...this.wanted].slice(0, batchLimit);
        this.wanted.clear();
        if (!items.length) return;
        for (const item of items) this.asked.add(item);
        try {
            const { rows } = await get<LabelsPage>(at`projects/${this.project}/labels`, { items: items.join(',') });
            for (const { item, labels } of rows) this.known.set(item, this.layer ? labels.filter((label) => label.layer === this.layer) : labels);
            if (this.known.size > keep) for (const item of [...this.known.keys()].slice(0, keep / 2)) this.known.delete(item);
        } catch {
            /* asked for again when the cell is drawn next */
        }
        for (const item of items) this.asked.delete(item);
        this.arrived();
    }
}
