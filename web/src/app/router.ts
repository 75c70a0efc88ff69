/** Addresses of pages: a path below the base, split at '/', and a query. Links are plain <a href>, caught here. */
import { signal } from '@preact/signals';

export interface Route {
    path: string[];
    query: URLSearchParams;
}

const base = new URL(document.baseURI).pathname;

function read(): Route {
    const path = location.pathname.startsWith(base) ? location.pathname.slice(base.length) : location.pathname;
    return { path: path.split('/').filter(Boolean).map(decode), query: new URLSearchParams(location.search) };
}

function decode(part: string): string {
    try {
        return decodeURIComponent(part);
    } catch {
        return part;
    }
}

export const route = signal<Route>(read());

/** Whether another page was shown before the present one. */
export let hasMoved = false;

function arrive() {
    const next = read();
    hasMoved ||= next.path.join('/') !== route.value.path.join('/');
    route.value = next;
}

/** The address of a page: href('projects', name, 'items'). */
export function href(...parts: (string | number)[]): string {
    return base + parts.map((part) => encodeURIComponent(String(part))).join('/');
}

/** Asked before a page is left; true keeps it. */
let guard: (() => boolean) | null = null;
export function guardLeaving(ask: (() => boolean) | null) {
    guard = ask;
}

export function go(address: string, how: { replace?: boolean } = {}) {
    if (guard?.()) return;
    if (how.replace) history.replaceState(null, '', address);
    else if (address !== location.pathname + location.search) history.pushState(null, '', address);
    arrive();
}

/** Changes the query of the present page without a step in the history. */
export function setQuery(change: Record<string, string | null>) {
    const query = new URLSearchParams(location.search);
    for (const [name, value] of Object.entries(change)) {
        if (value) query.set(name, value);
        else query.delete(name);
    }
    const text = query.toString();
    history.replaceState(null, '', location.pathname + (text ? `?${text}` : ''));
    route.value = read();
}

export function startRouter() {
    addEventListener('popstate', arrive);
    document.addEventListener('click', (e) => {
        if (e.defaultPrevented || e.button || e.metaKey || e.ctrlKey || e.shiftKey || e.altKey) return;
        const link = (e.target as Element).closest?.('a');
        if (!link || link.target || link.hasAttribute('download') || link.origin !== location.origin) return;
        if (!link.pathname.startsWith(base) || link.pathname.startsWith(`${base}v1/`)) return;
        e.preventDefault();
        go(link.pathname + link.search);
    });
}
