// Predictions become truth one by one, the least sure first, or all that are shown; and what keys act on.
import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import type { ItemLabels, Label } from '../src/api/types';
import { Classes } from '../src/editor/classes';
import { Editor } from '../src/editor/editor';
import type { Edit } from '../src/editor/sync/edits';

const label = (id: number, layer: string, confidence: number | null): Label => ({ id, class: 'car', layer, attributes: {}, box: [id * 10, 0, 8, 8], confidence, by: 'bo', seq: 1, group: null, frame: null });

function editorOf(at: TestContext, labels: Label[]) {
    const edits: Edit[] = [];
    const editor = new Editor((_, made) => edits.push(...made), new Classes(() => new Map(), '#888'));
    editor.setOntology({ id: 1, version: 1, classes: [{ name: 'car' }, { name: 'bus' }, { name: 'face', kinds: ['polygon'] }], item: [] });
    editor.open({ item: { id: 1, name: 'a', width: 640, height: 480 }, task: { id: 1, state: 'waiting' }, seq: 1, labels } as unknown as ItemLabels, null, []);
    at.after(() => editor.close());
    return { editor, edits };
}

const predictions = () => [label(1, 'truth', null), ...Array.from({ length: 10 }, (_, i) => label(i + 2, 'yolo', (((i * 7) % 10) * 10 + 5) / 100))];
const focused = (editor: Editor) => editor.focus.value && editor.doc.confidence(editor.doc.slot(editor.focus.value));

test('ten predictions, eight right, are ten keys: each goes on to the next, the least sure first', (at) => {
    const { editor, edits } = editorOf(at, predictions());
    const seen: unknown[] = [];
    for (let i = 0; i < 10; i++) {
        seen.push(focused(editor));
        if (i === 0) editor.classKey('bus', false);
        else if (i === 1) editor.removeTargets();
        else editor.review.accept(editor.review.targets());
    }
    assert.deepEqual(seen, [...seen].sort());
    assert.equal(seen.length, new Set(seen).size);
    assert.deepEqual(editor.review.waiting(), []);
    assert.equal(editor.doc.count, 10);
    assert.ok([...editor.doc.alive()].every((slot) => editor.doc.layerName(slot) === 'truth' && editor.doc.confidence(slot) === null));
    assert.deepEqual(edits.map(({ op, fields }) => `${op} ${[...fields].sort()}`), ['change class,confidence,layer', 'remove ', ...Array(8).fill('change confidence,layer')]);
    assert.equal(editor.focus.value, null, 'nothing is left to look at');
    editor.undo();
    assert.equal(editor.review.waiting().length, 1);
    assert.equal(focused(editor), 0.95);
});

test('all that are shown are accepted, and no other', (at) => {
    const { editor } = editorOf(at, predictions());
    editor.review.setLeast(0.5);
    assert.equal(editor.listed().length, 6, 'one of truth, and five sure enough');
    editor.toggleHidden([editor.listed()[1]]);
    editor.toggleLocked([editor.listed()[2]]);
    editor.review.acceptAll();
    editor.review.setLeast(0);
    assert.equal([...editor.doc.alive()].filter((slot) => editor.doc.layerName(slot) === 'truth').length, 4);
    assert.equal(editor.review.waiting().length, 6 - 1, 'the hidden one waits still, the locked one is left alone');
});

test('a class that does not take the shape leaves a prediction as it is', (at) => {
    const { editor, edits } = editorOf(at, predictions());
    editor.classKey('face', false);
    assert.deepEqual([edits, editor.hint.value?.hint], [[], 'kindNotAllowed']);
});

test('a pointer that rests does not take keys from what was chosen since', (at) => {
    const { editor } = editorOf(at, predictions());
    editor.select([]);
    editor.hover.value = '1';
    assert.deepEqual(editor.targets(), ['1']);
    editor.step(1);
    editor.step(1);
    assert.notEqual(editor.focus.value, '1');
    assert.deepEqual(editor.targets(), [editor.focus.value]);
});
