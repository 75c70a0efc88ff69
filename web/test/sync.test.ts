import 'fake-indexeddb/auto';
import assert from 'node:assert/strict';
import test from 'node:test';
import type { Answer, Label, Operation } from '../src/api/types';
import { Doc, entryOf } from '../src/editor/model/doc';
import { History } from '../src/editor/model/history';
import { BOX } from '../src/editor/model/shape';
import { apply, type Patch, Tx } from '../src/editor/model/tx';
import { editsOf, fold, replay } from '../src/editor/sync/edits';
import { type Batch, Outbox } from '../src/editor/sync/outbox';
import { Refusal, Sync, type Transport } from '../src/editor/sync/sync';
import { Random } from './random';
import { anyEntry, anyGesture, contents } from './work';

const ITEM = 17;
const USER = 1;
const PROJECT = 5;

/** A server in small: operations with `was`, idempotency keys, and whatever goes wrong on the way. */
class Server implements Transport {
    labels = new Map<number, Label>();
    seq = 1;
    private lastId = 1000;
    private answers = new Map<string, { body: string; answer: Answer[] }>();
    tasks: string[] = [];
    down = false;
    /** Chance that an answer is lost after the work was done. */
    lose = 0;
    r = new Random(1);

    async send(batch: Batch): Promise<Answer[]> {
        await new Promise((resolve) => setImmediate(resolve));
        if (this.down || this.r.chance(this.lose / 2)) throw new Refusal('unsure', '');
        const known = this.answers.get(batch.key);
        if (known) assert.equal(known.body, batch.body, 'the same key always carries the same bytes');
        const answer = known?.answer ?? this.perform(batch);
        this.answers.set(batch.key, { body: batch.body, answer });
        if (this.r.chance(this.lose)) throw new Refusal('unsure', '');
        return answer;
    }

    private perform(batch: Batch): Answer[] {
        if (batch.task) {
            this.tasks.push(batch.task.action);
            return [{}];
        }
        this.seq++;
        return batch.body.trim().split('\n').map((line) => this.operate(JSON.parse(line)));
    }

    operate(operation: Operation, by = 'ann'): Answer {
        if (operation.op === 'add') {
            const { op: _, item: __, ...rest } = operation;
            const label = { id: ++this.lastId, by, seq: this.seq, layer: 'truth', attributes: {}, confidence: null, group: null, frame: null, ...rest } as Label;
            this.labels.set(label.id, label);
            return { id: label.id, seq: this.seq };
        }
        const id = operation.id as number;
        const label = this.labels.get(id);
        if (!label) return { error: { code: 'not-found', message: 'gone' } };
        if (label.seq > (operation.was ?? 0)) return { error: { code: 'conflict', message: 'changed', label } };
        if (operation.op === 'remove') this.labels.delete(id);
        else {
            const { op: _, id: __, was: ___, ...rest } = operation;
            const next: Label = { ...label, ...rest, by, seq: this.seq } as Label;
            next.attributes = { ...label.attributes, ...rest.attributes };
            for (const [name, value] of Object.entries(next.attributes)) if (value === null) delete next.attributes[name];
            if (rest.box) delete next.polygon;
            if (rest.polygon) {
                delete next.box;
                delete next.angle;
            }
            if (next.angle === 0) delete next.angle;
            this.labels.set(label.id, next);
        }
        return { id, seq: this.seq };
    }

    contents() {
        return [...this.labels.values()].map((label) => JSON.stringify(canonical(label))).sort();
    }
}

const canonical = ({ class: c, layer, attributes, box, polygon, angle }: Partial<Label>) => ({ c, layer, attributes: Object.entries(attributes ?? {}).sort(), box, polygon, angle: angle || undefined });

function contentsOf(doc: Doc) {
    const server = new Server();
    const edits = [...doc.alive()].map((slot) => ({ ref: doc.refs[slot], field: 'label' as const, before: null, after: doc.entry(doc.refs[slot]) }));
    for (const edit of editsOf(doc, ITEM, edits)) server.operate({ op: 'add', item: ITEM, ...edit.label });
    return server.contents();
}

let keys = 0;
const newKey = () => `key${++keys}`;
let databases = 0;

/** A tab with a document and its journal. */
class Tab {
    doc = new Doc();
    history = new History();
    constructor(readonly sync: Sync) {
        sync.listen(({ labels }) => {
            for (const { ref, id, seq, removed } of labels) {
                if (removed) continue;
                const twin = this.doc.refOfId(id);
                if (twin && twin !== ref) this.doc.remove(twin);
                this.doc.settle(ref, id, seq);
            }
        });
    }
    record(patches: Patch[]) {
        return this.sync.record(PROJECT, ITEM, editsOf(this.doc, ITEM, patches));
    }
    async gesture(r: Random) {
        const tx = new Tx(this.doc);
        if (r.chance(0.2)) {
            const change = r.chance(0.7) ? this.history.undo() : this.history.redo();
            if (!change) return;
            apply(this.doc, change.patches);
            await this.record(change.patches);
            return;
        }
        anyGesture(this.doc, r, tx);
        if (!tx.patches.length) return;
        this.history.push({ label: 'work', patches: tx.patches });
        await this.record(tx.patches);
    }
}

test('folding edits leaves what they do', async () => {
    for (let seed = 1; seed <= 300; seed++) {
        const r = new Random(seed);
        const server = new Server();
        const doc = new Doc();
        for (let i = 1; i <= 4; i++) {
            const entry = anyEntry(r);
            const { id } = server.operate({ op: 'add', item: ITEM, ...editsOf(new Doc(), ITEM, []).at(0)?.label, ...jsonOfEntry(entry) });
            doc.put(String(id), entry, { id: id!, seq: 1 });
        }
        const start = contents(doc);
        const edits = [];
        for (let i = 0; i < 12; i++) {
            const tx = new Tx(doc);
            anyGesture(doc, r, tx);
            edits.push(...editsOf(doc, ITEM, tx.patches));
        }
        const folded = fold(edits);
        assert.equal(new Set(folded.map((edit) => edit.ref)).size, folded.length);
        const other = new Doc();
        for (const [ref, entry] of Object.entries(start)) other.put(ref, entry, { id: Number(ref), seq: 1 });
        replay(other, folded);
        assert.deepEqual(contentsOf(other), contentsOf(doc), `seed ${seed}`);
        replay(other, folded);
        assert.deepEqual(contentsOf(other), contentsOf(doc), `seed ${seed}, replayed twice`);
    }
});

function jsonOfEntry(entry: ReturnType<typeof anyEntry>) {
    const doc = new Doc();
    doc.put('x', entry);
    return editsOf(doc, ITEM, [{ ref: 'x', field: 'label', before: null, after: entry }])[0].label;
}

test('whatever is lost on the way, and however often the browser dies, the server ends with what was done', async () => {
    for (let seed = 1; seed <= 40; seed++) {
        const r = new Random(seed);
        const server = new Server();
        server.lose = 0.4;
        server.r = new Random(seed + 1000);
        const name = `db${++databases}`;
        let outbox = await Outbox.open(name);
        let tab = new Tab(new Sync(outbox, USER, server, newKey));
        for (let i = 0; i < 40; i++) {
            await tab.gesture(r);
            if (r.chance(0.3)) await new Promise((resolve) => setTimeout(resolve, r.below(3)));
            if (r.chance(0.15)) tab.sync.kick();
            if (r.chance(0.08)) {
                // Killed: only the database and the server are left. A new page reads labels and replays what waits.
                const was = contentsOf(tab.doc);
                tab.sync.stop();
                await quiet(tab.sync);
                outbox.close();
                outbox = await Outbox.open(name);
                tab = new Tab(new Sync(outbox, USER, server, newKey));
                server.lose = 0;
                await tab.sync.start();
                assert.ok(await tab.sync.flushed(20_000), 'what was left behind is sent');
                server.lose = 0.4;
                tab.doc.load([...server.labels.values()]);
                replay(tab.doc, (await tab.sync.pending(ITEM)).flatMap((entry) => entry.edits ?? []));
                assert.deepEqual(contentsOf(tab.doc), was, `seed ${seed}: nothing lost, nothing twice`);
            }
        }
        server.lose = 0;
        tab.sync.kick();
        assert.ok(await tab.sync.flushed(20_000));
        assert.deepEqual(server.contents(), contentsOf(tab.doc), `seed ${seed}`);
        assert.deepEqual(tab.sync.problems.value, [], `seed ${seed}`);
        tab.sync.stop();
    }
});

/** Lets a request that is on its way come to its end, as the server would. */
async function quiet(sync: Sync) {
    for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve));
    sync.stop();
}

test('a change that crosses another is kept beside it, not lost and not forced', async () => {
    const server = new Server();
    const entry = anyEntry(new Random(4));
    const { id } = server.operate({ op: 'add', item: ITEM, ...jsonOfEntry(entry) });
    const tab = new Tab(new Sync(await Outbox.open(`db${++databases}`), USER, server, newKey));
    tab.doc.put(String(id), entry, { id: id!, seq: 1 });
    server.seq++;
    server.operate({ op: 'change', id: id!, was: 1, class: 'tree' }, 'bo');
    const tx = new Tx(tab.doc);
    tx.set(String(id), 'class', entry.class === 'bus' ? 'car' : 'bus');
    tx.add('nmine', anyEntry(new Random(5)));
    await tab.record(tx.patches);
    assert.ok(await tab.sync.flushed(5000));
    assert.equal(server.labels.get(id!)!.class, 'tree', 'theirs stands');
    assert.equal(server.labels.size, 2, 'what did not cross is saved');
    const [problem] = tab.sync.problems.value;
    assert.equal(problem.error.code, 'conflict');
    assert.equal(problem.theirs!.class, 'tree');
    assert.equal(problem.edit!.label.class, entry.class === 'bus' ? 'car' : 'bus');
    tab.sync.stop();
});

test('a submit goes after the edits before it and before those after it', async () => {
    const server = new Server();
    server.down = true;
    const order: string[] = [];
    const tab = new Tab(new Sync(await Outbox.open(`db${++databases}`), USER, { send: (batch) => { if (!server.down) order.push(batch.task?.action ?? `${batch.edits.length} edits`); return server.send(batch); } }, newKey));
    const draw = async (ref: string) => {
        const tx = new Tx(tab.doc);
        tx.add(ref, anyEntry(new Random(2)));
        await tab.record(tx.patches);
    };
    await draw('na');
    await draw('nb');
    await tab.sync.act(PROJECT, ITEM, { task: 3, action: 'submit' });
    await draw('nc');
    assert.equal(tab.sync.waiting.value, 4);
    server.down = false;
    assert.ok(await tab.sync.flushed(10_000));
    assert.deepEqual(order, ['2 edits', 'submit', '1 edits']);
    tab.sync.stop();
});

test('what one person left waits for them, whoever signs in next', async () => {
    const server = new Server();
    server.down = true;
    const outbox = await Outbox.open(`db${++databases}`);
    const ann = new Sync(outbox, 1, server, newKey);
    await ann.record(PROJECT, ITEM, editsOfNew());
    ann.stop();
    await quiet(ann);
    server.down = false;
    const bo = new Sync(outbox, 2, server, newKey);
    await bo.start();
    await bo.record(PROJECT, ITEM, editsOfNew());
    assert.ok(await bo.flushed(5000));
    assert.equal(server.labels.size, 1);
    assert.equal(await outbox.others(2), 1);
    bo.stop();
    const again = new Sync(outbox, 1, server, newKey);
    await again.start();
    assert.ok(await again.flushed(5000));
    assert.equal(server.labels.size, 2);
    again.stop();
});

test('hundreds of labels in one gesture arrive once, and are known again by what the server called them', async () => {
    const server = new Server();
    const name = `db${++databases}`;
    const refs = Array.from({ length: 300 }, (_, i) => `n${i}`);
    const doc = new Doc();
    const r = new Random(6);
    const edit = (change: (tx: Tx, ref: string) => void) => {
        const tx = new Tx(doc);
        for (const ref of refs) change(tx, ref);
        return editsOf(doc, ITEM, tx.patches);
    };
    const made = edit((tx, ref) => tx.add(ref, anyEntry(r)));
    const moved = edit((tx, ref) => tx.set(ref, 'shape', { kind: BOX, xy: [r.below(100), r.below(100), 5, 5], angle: 0 }));
    const removed = edit((tx, ref) => void (Number(ref.slice(1)) % 2 && tx.remove(ref)));
    for (const edits of [made, moved, removed]) {
        // Each is left to the next page, which knows nothing but the journal.
        server.down = true;
        const left = new Sync(await Outbox.open(name), USER, server, newKey);
        await left.record(PROJECT, ITEM, edits);
        assert.equal(JSON.stringify((await left.pending(ITEM)).flatMap((entry) => entry.edits!)), JSON.stringify(edits));
        await quiet(left);
        server.down = false;
        const next = new Sync(await Outbox.open(name), USER, server, newKey);
        await next.start();
        assert.ok(await next.flushed(20_000));
        assert.deepEqual(next.problems.value, []);
        next.stop();
    }
    assert.deepEqual(server.contents(), contentsOf(doc));
    assert.equal(server.labels.size, 150);
});

function editsOfNew() {
    const doc = new Doc();
    const tx = new Tx(doc);
    tx.add(`n${Math.random()}`, entryOf({ class: 'car', layer: 'truth', attributes: {}, confidence: null, group: null, frame: null, box: [1, 2, 3, 4] }));
    return editsOf(doc, ITEM, tx.patches);
}

test('a browser that has no room left still sends', async () => {
    const server = new Server();
    const outbox = await Outbox.open(`db${++databases}`);
    const sync = new Sync(outbox, USER, server, newKey);
    const full = () => Promise.reject(new DOMException('full', 'QuotaExceededError'));
    outbox.append = full;
    outbox.freeze = full;
    await sync.record(PROJECT, ITEM, editsOfNew());
    assert.ok(await sync.flushed(5000));
    assert.equal(server.labels.size, 1);
    assert.equal(sync.waiting.value, 0);
    sync.stop();
});
