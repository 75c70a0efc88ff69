/** What was copied, and how often it was pasted. */
import type { Entry } from './model/doc';
import { geomOf } from './model/geom/geom';

export class Clipboard {
    private entries: Entry[] = [];
    private from = 0;
    private pasted = 0;

    put(entries: Entry[], item: number) {
        this.entries = entries;
        this.from = item;
        this.pasted = 0;
    }

    /** Copies for an item. On the one they came from each is set off by a step, so that it can be seen. */
    take(item: number, step: number): Entry[] {
        const by = item === this.from ? ++this.pasted * step : 0;
        return this.entries.map((entry) => ({ ...entry, shape: geomOf(entry.shape.kind).move(entry.shape, by, by) }));
    }
}
