import assert from 'node:assert/strict';
import test from 'node:test';
import { keyOf } from '../src/editor/keys';
import { keysOfClasses } from '../src/label/class-keys';
import { keyMap, presets } from '../src/label/key-map';

const press = (key: string, code: string, more: Partial<KeyboardEvent> = {}) => keyOf({ key, code, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...more });

test('digits go by place, letters by what is printed', () => {
    assert.equal(press('1', 'Digit1'), '1');
    assert.equal(press('&', 'Digit1'), '1', 'French');
    assert.equal(press('1', 'Digit1', { shiftKey: true }), 'Shift+1', 'French with Shift');
    assert.equal(press('!', 'Digit1', { shiftKey: true }), 'Shift+1');
    assert.equal(press('+', 'Digit1'), '1', 'Czech');
    assert.equal(press('7', 'Numpad7'), '7');
    assert.equal(press('q', 'KeyA'), 'q', 'French');
    assert.equal(press('ф', 'KeyA'), 'a', 'Russian');
    assert.equal(press('A', 'KeyA', { shiftKey: true }), 'Shift+a');
    assert.equal(press('z', 'KeyZ', { metaKey: true }), 'Ctrl+z');
    assert.equal(press('?', 'Slash', { shiftKey: true }), '?');
    assert.equal(press(' ', 'Space'), 'Space');
    assert.equal(press('Dead', 'Backquote'), '`');
    assert.equal(press('Enter', 'Enter', { ctrlKey: true }), 'Ctrl+Enter');
});

test('classes without a key get the digits that are left', () => {
    const keys = keysOfClasses([{ name: 'a' }, { name: 'b', key: '1' }, { name: 'c', key: 'Q' }, { name: 'd' }]);
    assert.deepEqual([...keys], [['a', '2'], ['b', '1'], ['c', 'q'], ['d', '3']]);
});

test('in no preset does a key do two things', () => {
    for (const [name, custom] of Object.entries(presets)) {
        const uses = new Map<string, string>();
        for (const { id, keys } of keyMap)
            for (const key of custom[id] ?? keys) {
                assert.equal(uses.get(key), undefined, `${name}: ${key} is for ${id} as well`);
                uses.set(key, id);
            }
        assert.ok(keyMap.every(({ id, keys }) => !keys.length || custom[id]?.length !== 0), name);
    }
});
