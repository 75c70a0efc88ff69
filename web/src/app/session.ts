/** Who is signed in. A link carries its secret behind '#': it is posted once and taken out of the address at once. */
import { computed, signal } from '@preact/signals';
import { ApiError, get, onSignedOut, post, put, remove } from '../api/client';
import type { Me } from '../api/types';
import { t } from '../texts';

export type Session =
    | { state: 'starting' }
    | { state: 'in'; me: Me }
    | { state: 'out'; why?: string; me?: Me }
    | { state: 'failed'; why: string };

export const session = signal<Session>({ state: 'starting' });
export const me = computed(() => ('me' in session.value ? session.value.me : undefined));
export const isOwner = computed(() => me.value?.role === 'owner');

export async function startSession() {
    onSignedOut(() => {
        if (session.value.state === 'in') session.value = { state: 'out', me: session.value.me };
    });
    const secret = takeSecret(location.hash);
    if (secret) {
        history.replaceState(null, '', location.pathname + location.search);
        await signIn(secret);
    } else await refresh();
    addEventListener('hashchange', () => {
        const later = takeSecret(location.hash);
        if (!later) return;
        history.replaceState(null, '', location.pathname + location.search);
        void signIn(later);
    });
}

function takeSecret(hash: string): string | null {
    return new URLSearchParams(hash.slice(1)).get('secret');
}

/** Takes a secret, or a whole link that holds one. */
export async function signIn(text: string): Promise<void> {
    const hash = text.indexOf('#');
    const secret = (hash >= 0 && takeSecret(text.slice(hash))) || text.trim();
    const before = me.value;
    try {
        await post('session', { secret });
        await refresh();
    } catch (error) {
        const known = await get<Me>('me').catch(() => null);
        session.value = known ? { state: 'in', me: known } : { state: 'out', why: words(error), me: before };
    }
}

export async function refresh() {
    const before = me.value;
    try {
        session.value = { state: 'in', me: await get<Me>('me') };
    } catch (error) {
        const out = error instanceof ApiError && error.status === 401;
        if (out) session.value = { state: 'out', me: before };
        else if (!before) session.value = { state: 'failed', why: words(error) };
    }
}

export async function signOut() {
    await remove('session');
    session.value = { state: 'out' };
}

/** Settings are the user's own and travel with them; a change shows at once and is sent behind. */
export function setting<T>(name: string, otherwise: T): T {
    return (me.value?.settings?.[name] as T | undefined) ?? otherwise;
}

export function setSetting(name: string, value: unknown) {
    const now = session.value;
    if (now.state !== 'in') return;
    const settings = { ...now.me.settings, [name]: value };
    session.value = { ...now, me: { ...now.me, settings } };
    put('me/settings', settings).catch(() => {});
}

/** What to tell a person about an error: a sentence, though the server begins small so that others can build on it. */
export function words(error: unknown): string {
    if (error instanceof ApiError && error.code === 'offline') return t.error.offline;
    const said = error instanceof Error ? error.message : String(error);
    return said.charAt(0).toUpperCase() + said.slice(1) + (/[.!?]$/.test(said) ? '' : '.');
}
