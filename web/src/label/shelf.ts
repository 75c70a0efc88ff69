/** Items that were opened or fetched in advance, as many as there is room for: the oldest go first, never one that is open. */
import type { ItemLabels } from '../api/types';
import type { Media } from '../editor/media/media';
import type { Statics } from '../editor/render/statics';

export interface Ready {
    labels: ItemLabels;
    /** Made of the labels while nothing else was to do, for whoever opens the item first. */
    ahead?: Statics;
    media: Media | null;
    mediaError: unknown;
}

const most = 6;
/** Decoded pictures take four bytes a pixel. */
const mostBytes = 512 << 20;

export class Shelf {
    private all = new Map<number, Promise<Ready>>();
    private bytes = new Map<number, number>();

    constructor(private isOpen: (item: number) => boolean) {}

    get(item: number): Promise<Ready> | undefined {
        const ready = this.all.get(item);
        if (ready) {
            this.all.delete(item);
            this.all.set(item, ready);
        }
        return ready;
    }

    put(item: number, ready: Promise<Ready>) {
        this.all.set(item, ready);
        ready.then(
            ({ media }) => {
                if (this.all.get(item) !== ready) return;
                this.bytes.set(item, media?.bytes ?? 0);
                this.trim();
            },
            () => this.all.get(item) === ready && this.drop(item),
        );
    }

    drop(item: number) {
        void this.all.get(item)?.then(dropAhead, () => {});
        this.all.delete(item);
        this.bytes.delete(item);
    }

    /** What was drawn ahead is as large as the screen: it is kept for these only. */
    keepAhead(items: number[]) {
        for (const [item, ready] of this.all) if (!items.includes(item)) void ready.then(dropAhead, () => {});
    }

    close() {
        for (const [item, ready] of this.all) {
            this.drop(item);
            void ready.then(({ media }) => media?.close(), () => {});
        }
    }

    private trim() {
        let n = 0;
        let bytes = 0;
        for (const [item, ready] of [...this.all].reverse()) {
            n++;
            bytes += this.bytes.get(item) ?? 0;
            if (this.isOpen(item) || (n <= most && bytes <= mostBytes)) continue;
            this.drop(item);
            void ready.then(({ media }) => media?.close(), () => {});
        }
    }
}

function dropAhead(ready: Ready) {
    ready.ahead?.close();
    ready.ahead = undefined;
}
