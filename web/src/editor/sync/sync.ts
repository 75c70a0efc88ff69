/** Carries the journal to the server in the background: retried for as long as it takes, in order, by one tab at a time. */
import { computed, signal } from '@preact/signals-core';
import type { Answer } from '../../api/types';
import type { Edit } from './edits';
import type { Batch, Draft, Outbox, OutboxEntry, Problem, Settled, TaskAction } from './outbox';

export type Link = 'ok' | 'offline' | 'signed-out';

export interface Transport {
    /** The answers, one for each edit (or for the task's action); throws a Refusal where it must be sent again. */
    send(batch: Batch): Promise<Answer[]>;
}

/** Nothing is known about what was done, or nobody is signed in: the batch is sent again later. */
export class Refusal extends Error {
    constructor(
        readonly why: 'unsure' | 'signed-out',
        message: string,
    ) {
        super(message);
    }
}

const firstWait_ms = 1000;
const longestWait_ms = 8000;

export class Sync {
    readonly waiting = signal(0);
    readonly link = signal<Link>('ok');
    readonly problems = signal<Problem[]>([]);
    /** The browser does not take any more: edits are only in memory until they are sent. */
    readonly storageFull = signal(false);
    readonly state = computed(() => (this.link.value !== 'ok' && this.waiting.value ? this.link.value : this.waiting.value ? 'waiting' : this.link.value === 'offline' ? 'offline' : 'saved'));

    private listeners = new Set<(settled: Settled) => void>();
    private memory: OutboxEntry[] = [];
    private writing = 0;
    private running = false;
    private stopped = false;
    private again = false;
    private timer: ReturnType<typeof setTimeout> | undefined;
    private wait_ms = firstWait_ms;
    private channel: BroadcastChannel | undefined;
    private idle: (() => void)[] = [];

    constructor(
        private outbox: Outbox,
        private user: number,
        private transport: Transport,
        private newKey: () => string,
        channel?: BroadcastChannel,
    ) {
        this.channel = channel;
        if (channel)
            channel.onmessage = ({ data }: MessageEvent<{ settled?: Settled; appended?: true }>) => {
                if (data.settled) this.tell(data.settled);
                void this.count();
            };
    }

    async start() {
        await this.outbox.sweep();
        await this.count();
        this.kick();
    }

    /** Something would be lost if the page went away now. */
    get atRisk(): boolean {
        return this.writing > 0 || this.memory.length > 0;
    }

    stop() {
        this.stopped = true;
        clearTimeout(this.timer);
        this.listeners.clear();
        this.channel?.close();
    }

    listen(listener: (settled: Settled) => void): () => void {
        this.listeners.add(listener);
        return () => this.listeners.delete(listener);
    }

    /** Writes edits into the journal; resolves when they are safe there. */
    async record(project: number, item: number, edits: Edit[]): Promise<void> {
        if (edits.length) await this.append({ user: this.user, project, item, edits });
    }

    async act(project: number, item: number, task: TaskAction): Promise<void> {
        await this.append({ user: this.user, project, item, task });
    }

    private async append(entry: OutboxEntry) {
        this.writing++;
        this.waiting.value++;
        try {
            await this.outbox.append(entry);
            this.storageFull.value = false;
        } catch {
            this.memory.push(entry);
            this.storageFull.value = true;
        }
        this.writing--;
        this.channel?.postMessage({ appended: true });
        this.kick();
    }

    /** Edits of an item that the server has not answered for, oldest first. */
    async pending(item: number): Promise<OutboxEntry[]> {
        const stored = await this.outbox.entriesOf(this.user, item);
        return [...stored, ...this.memory.filter((entry) => entry.item === item)].filter((entry) => entry.edits);
    }

    /** Sends now rather than when the wait is over. */
    kick() {
        clearTimeout(this.timer);
        this.wait_ms = firstWait_ms;
        void this.run();
    }

    /** Resolves when all is sent, or when the time is over. */
    flushed(within_ms: number): Promise<boolean> {
        if (!this.waiting.value) return Promise.resolve(true);
        return new Promise((resolve) => {
            const timer = setTimeout(() => resolve(false), within_ms);
            this.idle.push(() => {
                clearTimeout(timer);
                resolve(true);
            });
            this.kick();
        });
    }

    async dismiss(problem: Problem) {
        await this.outbox.removeProblem(problem.n!);
        await this.count();
    }

    private async run() {
        if (this.stopped) return;
        if (this.running) {
            this.again = true;
            return;
        }
        this.running = true;
        try {
            const locks = globalThis.navigator?.locks;
            // One tab sends at a time. Where there are no locks, the frozen batch and its key still keep anything from being done twice.
            if (locks) await locks.request('labelwright-outbox', () => this.drain());
            else await this.drain();
        } catch {
            this.later();
        }
        this.running = false;
        await this.count();
        if (this.again) {
            this.again = false;
            void this.run();
        }
    }

    private async drain() {
        while (!this.stopped) {
            await this.spill();
            const batch = await this.batch();
            if (!batch) {
                this.link.value = 'ok';
                return;
            }
            let answers: Answer[];
            try {
                answers = await this.transport.send(batch);
            } catch (error) {
                if (!(error instanceof Refusal)) throw error;
                this.link.value = error.why === 'signed-out' ? 'signed-out' : 'offline';
                this.later();
                return;
            }
            this.link.value = 'ok';
            this.wait_ms = firstWait_ms;
            const settled = await this.outbox.settle(batch, answers, !this.unfrozen);
            const { unfrozen } = this;
            if (unfrozen) this.memory = this.memory.filter((entry) => !unfrozen.unstored.includes(entry));
            this.unfrozen = null;
            this.tell(settled);
            this.channel?.postMessage({ settled });
            await this.count();
        }
    }

    /** From the journal; and when the storage is full, from memory, kept there with its key until it is answered. */
    private async batch(): Promise<Batch | null> {
        if (this.unfrozen) return this.unfrozen.batch;
        try {
            const batch = await this.outbox.next(this.user, this.newKey);
            if (batch || !this.memory.length) return batch;
        } catch {
            this.storageFull.value = true;
        }
        this.unfrozen = await this.outbox.compose(this.user, this.newKey, this.memory);
        return this.unfrozen?.batch ?? null;
    }
    private unfrozen: Draft | null = null;

    /** What the full storage did not take goes in as soon as there is room. */
    private async spill() {
        while (this.memory.length) {
            try {
                await this.outbox.append(this.memory[0]);
                this.memory.shift();
                this.storageFull.value = false;
            } catch {
                return;
            }
        }
    }

    private later() {
        if (this.stopped) return;
        clearTimeout(this.timer);
        const wait = this.wait_ms;
        this.wait_ms = Math.min(longestWait_ms, wait * 2);
        this.timer = setTimeout(() => void this.run(), wait * (0.8 + Math.random() * 0.4));
    }

    private tell(settled: Settled) {
        for (const listener of this.listeners) listener(settled);
    }

    private async count() {
        try {
            this.waiting.value = (await this.outbox.count(this.user)) + this.memory.length + this.writing;
            if (!this.memory.length) this.storageFull.value = false;
            this.problems.value = await this.outbox.problems(this.user);
        } catch {
            /* counted again after the next change */
        }
        if (!this.waiting.value) for (const resolve of this.idle.splice(0)) resolve();
    }
}
