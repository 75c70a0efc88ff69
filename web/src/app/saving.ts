/** The journal of the person who is signed in, shared by all pages: opened once, it sends what an earlier session left behind. */
import { effect, signal } from '@preact/signals';
import { Outbox } from '../editor/sync/outbox';
import { Sync } from '../editor/sync/sync';
import { transport } from '../editor/sync/transport';
import { session } from './session';

export const sync = signal<Sync | null>(null);

function newKey(): string {
    return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

let openFor = '';

async function open(store: string, user: number) {
    sync.peek()?.stop();
    sync.value = null;
    const name = `labelwright-${store}`;
    const channel = typeof BroadcastChannel === 'undefined' ? undefined : new BroadcastChannel(`${name}-${user}`);
    const opened = new Sync(await Outbox.open(name), user, transport, newKey, channel);
    await opened.start();
    sync.value = opened;
}

export function startSaving() {
    effect(() => {
        const now = session.value;
        if (now.state !== 'in') return;
        const key = `${now.me.store ?? ''} ${now.me.id}`;
        if (key === openFor) sync.peek()?.kick();
        else {
            openFor = key;
            void open(now.me.store ?? '', now.me.id);
        }
    });
    addEventListener('online', () => sync.peek()?.kick());
    document.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && sync.peek()?.kick());
    addEventListener('beforeunload', (e) => {
        if (sync.peek()?.atRisk) e.preventDefault();
    });
}
