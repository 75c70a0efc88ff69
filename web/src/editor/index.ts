/** Which labels lie at a point or in a rectangle: an R-tree over all that there was when it was built, and a list of what changed since. */
import Flatbush from 'flatbush';
import type { Doc } from './model/doc';
import { geomOf } from './model/geom/geom';
import { TAG } from './model/shape';

export class Index {
    private tree: Flatbush | null = null;
    private order: number[] = [];
    private stale = new Set<number>();
    private built = false;

    constructor(private doc: Doc) {
        doc.listen((slots) => {
            for (const slot of slots) this.stale.add(slot);
            if (this.stale.size > 256 && this.stale.size > this.order.length / 8) this.built = false;
        });
    }

    /** Slots whose bounds meet the rectangle, in drawing order. */
    search(x0: number, y0: number, x1: number, y1: number): number[] {
        if (!this.built) this.build();
        const { bounds } = this.doc;
        const found = this.tree ? this.tree.search(x0, y0, x1, y1, (i) => !this.stale.has(this.order[i])).map((i) => this.order[i]) : [];
        for (const slot of this.stale) {
            const at = slot * 4;
            if (this.doc.isAlive(slot) && this.doc.kind[slot] !== TAG && bounds[at] <= x1 && bounds[at + 2] >= x0 && bounds[at + 1] <= y1 && bounds[at + 3] >= y0) found.push(slot);
        }
        return found.filter((slot) => this.doc.isAlive(slot)).sort((a, b) => a - b);
    }

    /** Slots whose shape holds a point, the one to choose first in front: the smallest, and of equal ones the last drawn. */
    at(x: number, y: number, tolerance: number, wanted: (slot: number) => boolean): number[] {
        const { bounds, kind } = this.doc;
        const area = (slot: number) => (bounds[slot * 4 + 2] - bounds[slot * 4]) * (bounds[slot * 4 + 3] - bounds[slot * 4 + 1]);
        return this.search(x - tolerance, y - tolerance, x + tolerance, y + tolerance)
            .filter((slot) => wanted(slot) && geomOf(kind[slot]).hit(this.doc.shape(slot), x, y, tolerance, false))
            .sort((a, b) => area(a) - area(b) || b - a);
    }

    private build() {
        this.order = this.doc.alive().filter((slot) => this.doc.kind[slot] !== TAG);
        this.stale.clear();
        this.built = true;
        this.tree = this.order.length ? new Flatbush(this.order.length) : null;
        if (!this.tree) return;
        const { bounds } = this.doc;
        for (const slot of this.order) this.tree.add(bounds[slot * 4], bounds[slot * 4 + 1], bounds[slot * 4 + 2], bounds[slot * 4 + 3]);
        this.tree.finish();
    }
}
