/** The items of a project in order, loaded as they come into view. Without filters any place can be asked for at once, among a
 *  million; with filters, pages follow each other and the length is known when the end has been seen. */
import type { Item, Page } from './types';
import { at, get } from './client';

const pageSize = 200;
const atOnce = 3;

export interface Filters {
    class?: string;
    state?: string;
    split?: string;
    layer?: string;
    text?: string;
}

export const filterNames = ['class', 'state', 'split', 'layer', 'text'] as const;

export function filtersFrom(query: URLSearchParams): Filters {
    const filters: Filters = {};
    for (const name of filterNames) {
        const value = query.get(name);
        if (value) filters[name] = value;
    }
    return filters;
}

export const isFiltered = (filters: Filters) => filterNames.some((name) => filters[name]);

/** A page of the list, asked for before there is one. */
export const firstPage = (project: string, filters: Filters) =>
    get<Page<Item>>(at`projects/${project}/items`, { ...filters, ...(isFiltered(filters) ? {} : { position: 1 }), limit: pageSize });

export class ItemList {
    private items = new Map<number, Item>();
    private places = new Map<number, number>();
    private loaded = new Set<number>();
    private loading = new Set<number>();
    private wanted: number[] = [];
    private after: string | null = null;
    private readonly byPosition: boolean;
    private closed = false;
    total: number;
    /** False while more pages may follow. */
    ended: boolean;
    error: unknown = null;

    constructor(
        readonly project: string,
        readonly filters: Filters,
        total: number,
        private changed: () => void,
        first?: Page<Item>,
    ) {
        this.byPosition = !isFiltered(filters);
        this.total = this.byPosition ? total : 0;
        this.ended = this.byPosition;
        if (first) this.take(0, first);
        else if (!this.byPosition) this.want(0);
    }

    get(index: number): Item | undefined {
        return this.items.get(index);
    }

    indexOf(item: number): number {
        return this.places.get(item) ?? -1;
    }

    /** In place of the item as it was. */
    put(item: Item) {
        const index = this.places.get(item.id);
        if (index !== undefined) this.items.set(index, item);
    }

    /** The items of these places, loaded where they are not here yet. */
    async itemsAt(indexes: number[]): Promise<Item[]> {
        for (const index of indexes) if (this.byPosition && !this.items.has(index)) await this.load(Math.floor(index / pageSize));
        if (this.error) throw this.error;
        return indexes.flatMap((index) => this.items.get(index) ?? []);
    }

    /** Goes on loading until so many are known, or all. */
    async reach(count: number) {
        while (!this.closed && !this.ended && !this.error && this.items.size < count) {
            if (this.loading.size) await new Promise((resolve) => setTimeout(resolve, 20));
            else await this.load(this.loaded.size);
        }
    }

    close() {
        this.closed = true;
    }

    retry() {
        this.error = null;
        this.pump();
    }

    /** Asks for what is missing between the two places; what was wanted before and is not loading yet is forgotten. */
    ensure(first: number, last: number) {
        if (this.byPosition) {
            this.wanted = [];
            for (let page = Math.floor(Math.max(0, first) / pageSize); page <= Math.floor(Math.max(0, last) / pageSize); page++) this.want(page);
        } else if (!this.ended && last + pageSize / 2 >= this.items.size) this.want(this.loaded.size);
    }

    private want(page: number) {
        if (this.loaded.has(page) || this.loading.has(page) || this.wanted.includes(page)) return;
        if (this.byPosition && page * pageSize >= this.total) return;
        this.wanted.push(page);
        this.pump();
    }

    private pump() {
        while (!this.error && this.wanted.length && this.loading.size < (this.byPosition ? atOnce : 1)) void this.load(this.wanted.shift()!);
    }

    private take(page: number, { rows, next }: Page<Item>) {
        const first = this.items.size;
        rows.forEach((item, i) => {
            const index = this.byPosition ? item.position - 1 : first + i;
            this.items.set(index, item);
            this.places.set(item.id, index);
        });
        this.loaded.add(page);
        if (this.byPosition) return;
        this.after = next;
        this.ended = !next;
        this.total = this.items.size;
    }

    private async load(page: number) {
        if (this.loaded.has(page)) return;
        this.wanted = this.wanted.filter((other) => other !== page);
        this.loading.add(page);
        // With filters a page may hold fewer: the server looks through so many items at a time and no more.
        const place = this.byPosition ? { position: page * pageSize + 1 } : { after: this.after };
        try {
            this.take(page, await get<Page<Item>>(at`projects/${this.project}/items`, { ...this.filters, ...place, limit: pageSize }));
        } catch (error) {
            this.error = error;
            this.wanted.unshift(page);
        }
        this.loading.delete(page);
        if (this.closed) return;
        this.changed();
        this.pump();
    }
}
