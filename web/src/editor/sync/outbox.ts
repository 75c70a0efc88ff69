/** The journal: every edit stands in IndexedDB before anything else happens to it, and leaves only when the server has answered.
 *  Several tabs share it. A batch that is about to be sent is frozen together with its idempotency key, so that whoever sends it again,
 *  after whatever crash, sends the same bytes. */
import type { Answer, ErrorBody, Label } from '../../api/types';
import { type Edit, fold, type Known, operationOf } from './edits';

export interface TaskAction {
    task: number;
    action: 'submit' | 'skip' | 'return';
    reason?: string;
}

export interface OutboxEntry {
    n?: number;
    user: number;
    project: number;
    item: number;
    edits?: Edit[];
    task?: TaskAction;
}

export interface Batch {
    user: number;
    key: string;
    project: number;
    entries: number[];
    /** One for each line of the body. */
    edits: Edit[];
    body: string;
    task?: TaskAction;
}

/** A batch before it is frozen. */
export interface Draft {
    batch: Batch;
    /** Entries in it that are only in memory. */
    unstored: OutboxEntry[];
    /** Changes of labels that the server never got. */
    orphans: Edit[];
}

/** An edit that the server did not take. It stays until a person has decided. */
export interface Problem {
    n?: number;
    user: number;
    project: number;
    item: number;
    edit?: Edit;
    task?: TaskAction;
    error: ErrorBody;
    /** The label as the server has it; null when it is gone. */
    theirs?: Label | null;
}

export interface Settled {
    entries: number[];
    labels: { ref: string; item: number; id: number; seq: number; removed: boolean }[];
    problems: Problem[];
}

const batchEdits = 500;
/** More labels than this are looked up by one request, with all that lies between them. */
const lookUpEach = 100;
/** So many are written before the page may draw again. */
const writeAtOnce = 500;
const keepRefs_ms = 7 * 24 * 3600 * 1000;

export class Outbox {
    /** What answers said while the storage was full: known for as long as the page stands. */
    private spareRefs = new Map<string, Known>();
    private spareProblems: Problem[] = [];

    private constructor(private db: IDBDatabase) {}

    static open(name: string, factory: IDBFactory = indexedDB): Promise<Outbox> {
        const request = factory.open(name, 3);
        request.onupgradeneeded = ({ oldVersion }) => {
            const db = request.result;
            if (oldVersion < 1) {
                db.createObjectStore('entries', { keyPath: 'n', autoIncrement: true });
                db.createObjectStore('batches', { keyPath: 'user' });
                db.createObjectStore('refs', { keyPath: 'ref' });
                db.createObjectStore('problems', { keyPath: 'n', autoIncrement: true });
            }
            if (oldVersion < 2) {
                const entries = request.transaction!.objectStore('entries');
                entries.createIndex('user', 'user');
                entries.createIndex('item', ['user', 'item']);
            }
            // Since 3 edits may stand as text: see `packed`.
        };
        return new Promise((resolve, reject) => {
            request.onsuccess = () => resolve(new Outbox(request.result));
            request.onerror = () => reject(request.error);
        });
    }

    close() {
        this.db.close();
    }

    append(entry: OutboxEntry): Promise<number> {
        return this.write(['entries'], async (store) => (await ask(store('entries').add(packed(entry)))) as number);
    }

    entriesOf(user: number, item: number): Promise<OutboxEntry[]> {
        return this.read('entries', async (store) => (await ask<OutboxEntry[]>(store.index('item').getAll([user, item]))).map(unpacked));
    }

    count(user: number): Promise<number> {
        return this.read('entries', (store) => ask(store.index('user').count(user)));
    }

    /** The oldest entries that may travel together: see `Run`. */
    private async oldest(user: number, more: OutboxEntry[]): Promise<OutboxEntry[]> {
        const run = new Run();
        const isFull = await this.read(
            'entries',
            (store) =>
                new Promise<boolean>((resolve, reject) => {
                    const request = store.index('user').openCursor(user);
                    request.onerror = () => reject(request.error);
                    request.onsuccess = () => {
                        const { result: cursor } = request;
                        if (!cursor) resolve(false);
                        else if (run.add(unpacked(cursor.value))) cursor.continue();
                        else resolve(true);
                    };
                }),
        );
        if (!isFull) more.every((entry) => run.add(entry));
        return run.entries;
    }

    async problems(user: number): Promise<Problem[]> {
        const stored = await this.read('problems', (store) => ask<Problem[]>(store.getAll()));
        return [...stored, ...this.spareProblems].filter((problem) => problem.user === user);
    }

    async removeProblem(n: number): Promise<void> {
        this.spareProblems = this.spareProblems.filter((problem) => problem.n !== n);
        if (n < 0) return;
        return this.write(['problems'], async (store) => {
            await ask(store('problems').delete(n));
        });
    }

    /** How many edits of other people who used this browser still wait for them. */
    async others(user: number): Promise<number> {
        return this.read('entries', async (store) => (await ask<number>(store.count())) - (await ask<number>(store.index('user').count(user))));
    }

    /** The batch to send next: the one that was frozen before and not answered, else the oldest entries, frozen now. */
    async next(user: number, newKey: () => string): Promise<Batch | null> {
        for (;;) {
            const frozen = await this.read('batches', (store) => ask<Batch | undefined>(store.get(user)));
            if (frozen) return unpacked(frozen);
            const draft = await this.compose(user, newKey);
            if (!draft) return null;
            const batch = await this.freeze(draft);
            if (batch) return batch;
        }
    }

    /** What would be sent next, of what is stored and then of `more`, which is not. */
    async compose(user: number, newKey: () => string, more: OutboxEntry[] = []): Promise<Draft | null> {
        const run = await this.oldest(user, more);
        if (!run.length) return null;
        const { project, task } = run[0];
        const batch: Batch = { user, key: newKey(), project, entries: run.flatMap((entry) => entry.n ?? []), edits: [], body: '', task };
        const draft: Draft = { batch, unstored: run.filter((entry) => entry.n === undefined), orphans: [] };
        if (task) {
            batch.body = JSON.stringify(task.reason ? { reason: task.reason } : {});
            return draft;
        }
        await this.read('refs', async (store) => {
            const edits = fold(run.flatMap((entry) => entry.edits ?? []));
            const known = await knownOf(store, edits);
            for (const edit of edits) {
                const operation = operationOf(edit, this.spareRefs.get(edit.ref) ?? known.get(edit.ref));
                if (!operation) draft.orphans.push(edit);
                else {
                    batch.edits.push(edit);
                    batch.body += `${JSON.stringify(operation)}\n`;
                }
            }
        });
        return draft;
    }

    /** Makes a draft the batch; null when another tab was first, or when nothing is left to send of it. */
    freeze({ batch, orphans }: Draft): Promise<Batch | null> {
        return this.write(['entries', 'batches', 'problems'], async (store) => {
            const frozen = await ask<Batch | undefined>(store('batches').get(batch.user));
            if (frozen) return unpacked(frozen);
            for (const n of batch.entries) if ((await ask(store('entries').getKey(n))) === undefined) return null;
            for (const edit of orphans) await this.addToProblem(store('problems'), batch.user, batch.project, edit);
            if (batch.body) {
                await ask(store('batches').put(packed(batch)));
                return batch;
            }
            for (const n of batch.entries) await ask(store('entries').delete(n));
            return null;
        });
    }

    /** A change of a label whose own making was refused belongs to that problem. */
    private async addToProblem(problems: IDBObjectStore, user: number, project: number, edit: Edit) {
        const known = (await ask<Problem[]>(problems.getAll())).find((problem) => problem.edit?.ref === edit.ref);
        if (known) {
            const [left] = fold([known.edit!, edit]);
            await ask(left ? problems.put({ ...known, edit: left }) : problems.delete(known.n!));
        } else if (edit.op === 'change') await ask(problems.add({ user, project, item: edit.item, edit, error: { code: 'not-found', message: '' }, theirs: null } satisfies Problem));
    }

    /** Takes the answered batch out, in one step with what the answers say. `frozen`: false for one that the full storage did not take. */
    async settle(batch: Batch, answers: Answer[], frozen = true): Promise<Settled> {
        const settled = settledOf(batch, answers);
        // What was answered goes out of the journal even where there is no room for what was said.
        const isOurs = await this.takeOut(batch, frozen, settled).catch(async () => {
            for (const { ref, id, seq } of settled.labels) this.spareRefs.set(ref, { id, seq });
            for (const problem of settled.problems) this.spareProblems.push(Object.assign(problem, { n: -1 - this.spareProblems.length }));
            return this.takeOut(batch, frozen);
        });
        return isOurs ? settled : { entries: batch.entries, labels: [], problems: [] };
    }

    /** False when another tab was first. */
    private async takeOut(batch: Batch, frozen: boolean, settled?: Settled): Promise<boolean> {
        return this.write(['entries', 'batches', 'refs', 'problems'], async (store) => {
            if (frozen && (await ask<Batch | undefined>(store('batches').get(batch.user)))?.key !== batch.key) return false;
            for (const n of batch.entries) await ask(store('entries').delete(n));
            if (frozen) await ask(store('batches').delete(batch.user));
            for (const problem of settled?.problems ?? []) problem.n = (await ask(store('problems').add(problem))) as number;
            for (const [i, { ref, id, seq }] of (settled?.labels ?? []).entries()) {
                const put = store('refs').put({ ref, id, seq, at: Date.now() });
                this.spareRefs.delete(ref);
                if (i % writeAtOnce === writeAtOnce - 1) await ask(put);
            }
            return true;
        });
    }

    /** Forgets names of labels that nothing can refer to any more. */
    async sweep(now = Date.now()) {
        await this.write(['refs'], async (store) => {
            for (const known of await ask<{ ref: string; at: number }[]>(store('refs').getAll())) if (now - known.at > keepRefs_ms) await ask(store('refs').delete(known.ref));
        });
    }

    private read<T>(name: string, work: (store: IDBObjectStore) => Promise<T>): Promise<T> {
        return work(this.db.transaction(name, 'readonly').objectStore(name));
    }

    /** Resolves when the transaction is on disk, not before. */
    private async write<T>(names: string[], work: (store: (name: string) => IDBObjectStore) => Promise<T>): Promise<T> {
        const transaction = this.db.transaction(names, 'readwrite', { durability: 'strict' });
        const done = new Promise<void>((resolve, reject) => {
            transaction.oncomplete = () => resolve();
            transaction.onabort = () => reject(transaction.error ?? new Error('storage'));
        });
        done.catch(() => {});
        const result = await work((name) => transaction.objectStore(name));
        await done;
        return result;
    }
}

/** As the journal holds it: thousands of edits are written and read much faster as one text than as so many objects. */
function packed<T extends { edits?: Edit[] }>(record: T) {
    return record.edits ? { ...record, edits: JSON.stringify(record.edits) } : record;
}

function unpacked<T extends { edits?: Edit[] | string }>(record: T): T {
    return typeof record.edits === 'string' ? { ...record, edits: JSON.parse(record.edits) } : record;
}

async function knownOf(store: IDBObjectStore, edits: Edit[]): Promise<Map<string, Known>> {
    const refs = edits.map(({ ref }) => ref).sort();
    const found =
        refs.length > lookUpEach
            ? await ask<(Known & { ref: string })[]>(store.getAll(IDBKeyRange.bound(refs[0], refs.at(-1))))
            : await Promise.all(refs.map((ref) => ask<(Known & { ref: string }) | undefined>(store.get(ref))));
    return new Map(found.flatMap((known) => (known ? [[known.ref, known]] : [])));
}

function ask<T>(request: IDBRequest): Promise<T> {
    return new Promise((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
    });
}

function settledOf(batch: Batch, answers: Answer[]): Settled {
    const settled: Settled = { entries: batch.entries, labels: [], problems: [] };
    const { user, project, task } = batch;
    for (const [i, edit] of batch.edits.entries()) {
        const { error, id = 0, seq = 0 } = answers[i];
        if (error) {
            const { label, ...rest } = error;
            settled.problems.push({ user, project, item: edit.item, edit, error: rest, theirs: label ?? null });
        } else settled.labels.push({ ref: edit.ref, item: edit.item, id, seq, removed: edit.op === 'remove' });
    }
    if (task && answers[0].error) settled.problems.push({ user, project, item: 0, task, error: answers[0].error });
    return settled;
}

/** Entries that may travel together: edits of one project up to a task's action, which travels alone. */
class Run {
    readonly entries: OutboxEntry[] = [];
    private edits = 0;

    /** False when nothing more may follow. An entry that may not travel with those before it is left out. */
    add(entry: OutboxEntry): boolean {
        const [first] = this.entries;
        if (first && (entry.task || entry.project !== first.project || this.edits >= batchEdits)) return false;
        this.entries.push(entry);
        this.edits += entry.edits?.length ?? 0;
        return !entry.task;
    }
}
