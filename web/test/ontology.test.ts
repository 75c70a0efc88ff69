import assert from 'node:assert/strict';
import test from 'node:test';
import type { ClassDef, Ontology } from '../src/api/types';
import { mergeOntologies } from '../src/label/ontology-merge';

const ontology = (version: number, classes: ClassDef[], item: Ontology['item'] = []): Ontology => ({ id: 1, version, classes, item });
const car = { id: 1, name: 'car' };
const dog = { id: 2, name: 'dog' };
const cat = { id: 3, name: 'cat' };
const names = (merged: Ontology) => merged.classes.map((def) => def.name);

test('what each of two changed holds', () => {
    const base = ontology(1, [car, dog, cat]);
    const mine = ontology(1, [{ ...car, key: 'c' }, cat, { name: 'bus' }]);
    const theirs = ontology(2, [car, dog, { ...cat, name: 'Cat' }, { id: 4, name: 'tree' }], [{ name: 'light', type: 'text' }]);
    const { merged, clashes } = mergeOntologies(base, mine, theirs);
    assert.deepEqual(merged, ontology(2, [{ ...car, key: 'c' }, { ...cat, name: 'Cat' }, { id: 4, name: 'tree' }, { name: 'bus' }], [{ name: 'light', type: 'text' }]));
    assert.deepEqual(clashes, []);
});

test('what both changed is told, and taken from who saves now', () => {
    const base = ontology(1, [car, dog, cat], [{ name: 'light', type: 'text' }]);
    const mine = ontology(1, [{ ...car, name: 'auto' }, { ...dog, key: 'd' }], [{ name: 'light', type: 'number' }]);
    const theirs = ontology(2, [{ ...car, name: 'Car' }, { ...cat, key: 'k' }], []);
    const { merged, clashes } = mergeOntologies(base, mine, theirs);
    assert.deepEqual(merged.classes, [{ ...car, name: 'auto' }, { ...cat, key: 'k' }]);
    assert.deepEqual(merged.item, mine.item);
    assert.deepEqual(clashes, ['Car', 'cat', 'dog', 'item']);
});

test('an order that was changed here stays, with what came in at its end', () => {
    const base = ontology(1, [car, dog, cat]);
    const { merged } = mergeOntologies(base, ontology(1, [cat, car, dog]), ontology(2, [car, dog, cat, { id: 4, name: 'tree' }]));
    assert.deepEqual(names(merged), ['cat', 'car', 'dog', 'tree']);
    assert.deepEqual(names(mergeOntologies(base, base, ontology(2, [dog, car, cat])).merged), ['dog', 'car', 'cat']);
});

test('a class of one name that both made is theirs', () => {
    const { merged } = mergeOntologies(ontology(1, [car]), ontology(1, [car, { name: 'bus' }]), ontology(2, [car, { id: 5, name: 'bus' }]));
    assert.deepEqual(merged.classes, [car, { id: 5, name: 'bus' }]);
});
