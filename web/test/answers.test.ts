// What must be answered before an item is done: by labels of truth, where its conditions hold, and by the item as a whole.
import assert from 'node:assert/strict';
import test from 'node:test';
import type { AttributeDef, ItemLabels, Label, Value } from '../src/api/types';
import { Classes } from '../src/editor/classes';
import { Editor } from '../src/editor/editor';
import { firstUnanswered } from '../src/label/answers';

const label = (id: number, name: string, layer: string, attributes: Record<string, Value>): Label => ({ id, class: name, layer, attributes, box: [id * 10, 0, 8, 8], confidence: null, by: 'bo', seq: 1, group: null, frame: null });
const pose: AttributeDef = { name: 'pose', type: 'one', options: ['sits', 'climbs'] };
const tree: AttributeDef = { name: 'tree', type: 'text', required: true, when: { pose: 'climbs' } };

function missing(labels: Label[], item: AttributeDef[] = []) {
    const editor = new Editor(() => {}, new Classes(() => new Map(), '#888'));
    editor.setOntology({ id: 1, version: 1, classes: [{ name: 'cat', attributes: [pose, tree] }, { name: 'dog' }], item });
    editor.open({ item: { id: 1, name: 'a', width: 640, height: 480 }, task: { id: 1, state: 'started' }, seq: 1, labels } as unknown as ItemLabels, null, []);
    const found = firstUnanswered(editor);
    editor.close();
    return found && [found.class, found.attribute, found.ref !== undefined];
}

test('an answer is needed where it is asked for', () => {
    assert.equal(missing([label(1, 'cat', 'truth', { pose: 'sits' }), label(2, 'dog', 'truth', {})]), undefined);
    assert.deepEqual(missing([label(1, 'cat', 'truth', { pose: 'sits' }), label(2, 'cat', 'truth', { pose: 'climbs' })]), ['cat', 'tree', true]);
    assert.equal(missing([label(1, 'cat', 'truth', { pose: 'climbs', tree: 'oak' })]), undefined);
});

test('a prediction is asked nothing, the item as a whole is', () => {
    const light: AttributeDef = { name: 'light', type: 'yesno', required: true };
    assert.equal(missing([label(1, 'cat', 'yolo', { pose: 'climbs' })]), undefined);
    assert.deepEqual(missing([], [light]), ['item', 'light', false]);
    assert.equal(missing([{ ...label(1, 'item', 'truth', { light: false }), box: undefined, tag: true }], [light]), undefined);
});
