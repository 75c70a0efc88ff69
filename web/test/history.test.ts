import assert from 'node:assert/strict';
import test from 'node:test';
import { Doc } from '../src/editor/model/doc';
import { History } from '../src/editor/model/history';
import { apply, Tx } from '../src/editor/model/tx';
import { Random } from './random';
import { anyEntry, anyGesture, contents } from './work';

test('undoing everything gives the beginning, redoing it the end', () => {
    for (let seed = 1; seed <= 200; seed++) {
        const r = new Random(seed);
        const doc = new Doc();
        for (let i = r.below(5); i >= 0; i--) doc.put(`${i + 1}`, anyEntry(r), { id: i + 1, seq: 1 });
        const states = [contents(doc)];
        const history = new History();
        for (let i = 0; i < 30; i++) {
            const tx = new Tx(doc);
            anyGesture(doc, r, tx);
            if (!tx.patches.length) continue;
            history.push({ label: 'work', patches: tx.patches });
            states.push(contents(doc));
        }
        for (let i = states.length - 2; i >= 0; i--) {
            apply(doc, history.undo()!.patches);
            assert.deepEqual(contents(doc), states[i], `seed ${seed}, back to ${i}`);
        }
        assert.equal(history.undo(), null);
        for (let i = 1; i < states.length; i++) {
            apply(doc, history.redo()!.patches);
            assert.deepEqual(contents(doc), states[i], `seed ${seed}, on to ${i}`);
        }
        assert.equal(history.redo(), null);
    }
});

test('nudges that follow closely are one step; a pause or another gesture begins a new one', () => {
    const doc = new Doc();
    doc.put('1', anyEntry(new Random(3)), { id: 1 });
    const before = contents(doc);
    const history = new History();
    const nudge = (at: number, key: string) => {
        const tx = new Tx(doc);
        const { shape } = doc.entry('1')!;
        tx.set('1', 'shape', { ...shape, xy: Array.from(shape.xy, (v) => v + 1) });
        history.push({ label: 'move', patches: tx.patches }, key, at);
    };
    for (let i = 0; i < 10; i++) nudge(1000 + i * 50, 'nudge 1');
    apply(doc, history.undo()!.patches);
    assert.deepEqual(contents(doc), before);
    assert.equal(history.undo(), null);
    nudge(5000, 'nudge 1');
    nudge(5300, 'nudge 1');
    assert.ok(history.undo());
    assert.ok(history.undo(), 'after a pause it is a step of its own');
});

test('a new change ends what could be redone', () => {
    const doc = new Doc();
    const history = new History();
    for (const seed of [1, 2]) {
        const tx = new Tx(doc);
        tx.add(`n${seed}`, anyEntry(new Random(seed)));
        history.push({ label: 'draw', patches: tx.patches });
        if (seed === 1) apply(doc, history.undo()!.patches);
    }
    assert.equal(history.redo(), null);
});
