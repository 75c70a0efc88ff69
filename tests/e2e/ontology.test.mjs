// The ontology as it is written: checked while it is typed, saved as one version, and two who save at once.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { api, journey, Labelling, picture } from './harness.mjs';

journey('an ontology is edited, and two who save at once both keep what they did', 60, async (server, browser) => {
    const source = join(server.store, 'road.jsonl');
    const lines = [
        { labelwright: 1, project: 'road', seq: 0, ontology: { classes: [{ name: 'car' }, { name: 'sign' }], item: [] } },
        { item: 'a.jpg', width: 64, height: 48, labels: [{ class: 'car', layer: 'truth', box: [1, 2, 30, 20] }] },
    ];
    writeFileSync(source, lines.map((line) => JSON.stringify(line)).join('\n'));
    await server.lw('import', 'road', source);
    const link = await server.start();
    const page = await browser.open();
    const saved = async () => (await api(page, 'projects/road/ontology')).classes;
    await page.goto(link);
    await page.getByRole('link', { name: 'road' }).click();
    await page.getByRole('link', { name: 'Ontology' }).first().click();

    // A class with labels stays.
    await page.getByText('a class with labels stays').waitFor();
    assert.ok(await page.getByRole('button', { name: 'Remove class' }).isDisabled());

    // Problems show as they are typed, and nothing can be saved with them.
    const save = page.getByRole('button', { name: 'Save' });
    await page.getByLabel('Name').fill('sign');
    await page.getByText('There is another of this name.').waitFor();
    assert.ok(await save.isDisabled());
    await page.getByLabel('Name').fill('vehicle');
    await page.getByLabel('Key').fill('r');
    await page.getByText('This key has another use: Box.').waitFor();
    await page.getByLabel('Key').fill('7');
    await page.getByRole('radio', { name: '#c95b0a' }).check();
    await page.getByLabel('Polygon').check();
    for (const [i, name, answer] of [[0, 'parked', 'yesno'], [1, 'place', 'one']]) {
        await page.getByRole('button', { name: 'Add an attribute' }).click();
        await page.locator('.attribute').nth(i).getByLabel('Name').fill(name);
        await page.locator('.attribute').nth(i).getByLabel('Answer', { exact: true }).selectOption(answer);
    }
    // What nobody has come to yet is not called wrong, but nothing is saved without it.
    assert.equal(await page.getByText('It needs a choice at least.').count(), 0);
    assert.ok(await save.isDisabled());
    await page.getByLabel('Choices, one a line').press('Tab');
    await page.getByText('It needs a choice at least.').waitFor();
    await page.getByLabel('Choices, one a line').fill('kerb\nyard');
    await page.locator('.attribute').nth(1).getByLabel('Asked only when').selectOption('parked');

    // Meanwhile somebody else adds a class and renames another.
    await page.evaluate(async () => {
        const ontology = await (await fetch('/v1/projects/road/ontology')).json();
        ontology.classes[1].name = 'traffic sign';
        ontology.classes.push({ name: 'tree' });
        await fetch('/v1/projects/road/ontology', { method: 'PUT', headers: { 'content-type': 'application/json' }, body: JSON.stringify(ontology) });
    });
    await save.click();
    await page.getByText('Somebody else saved the ontology meanwhile').waitFor();
    await page.getByRole('button', { name: 'tree' }).waitFor();
    assert.deepEqual((await saved()).map((def) => def.name), ['car', 'traffic sign', 'tree'], 'nothing of it is saved yet');
    await save.click();
    await page.getByText('Saved. Everyone has it').waitFor();
    const [vehicle, ...others] = await saved();
    assert.deepEqual(others.map((def) => def.name), ['traffic sign', 'tree']);
    assert.deepEqual([vehicle.name, vehicle.key, vehicle.color, vehicle.kinds], ['vehicle', '7', '#c95b0a', ['polygon']]);
    assert.deepEqual(vehicle.attributes.map((def) => [def.name, def.type, def.when]), [['parked', 'yesno', undefined], ['place', 'one', { parked: true }]]);

    // The order by keyboard; a class without labels goes; leaving asks.
    await page.getByRole('button', { name: 'tree' }).focus();
    await page.keyboard.press('Alt+ArrowUp');
    await page.getByRole('button', { name: 'traffic sign' }).click();
    await page.getByRole('button', { name: 'Remove class' }).click();
    page.once('dialog', (dialog) => void dialog.dismiss());
    await page.getByRole('link', { name: 'Overview' }).click();
    assert.match(page.url(), /ontology$/);
    await save.click();
    await page.waitForFunction(async () => (await (await fetch('/v1/projects/road/ontology')).json()).classes.length === 2);
});

journey('an item is not submitted before what must be answered is', 60, async (server, browser) => {
    const source = join(server.store, 'cats.jsonl');
    writeFileSync(join(server.store, 'a.bmp'), picture(64, 48, 1));
    const attributes = [{ name: 'pose', type: 'one', options: ['sits', 'climbs'] }, { name: 'tree', type: 'text', required: true, when: { pose: 'climbs' } }];
    const lines = [
        { labelwright: 1, project: 'cats', seq: 0, ontology: { classes: [{ name: 'cat', attributes }], item: [] } },
        { item: 'a.bmp', state: 'started', labels: [{ class: 'cat', layer: 'truth', box: [1, 2, 9, 9] }, { class: 'cat', layer: 'truth', box: [20, 20, 9, 9], attributes: { pose: 'climbs' } }] },
    ];
    writeFileSync(source, lines.map((line) => JSON.stringify(line)).join('\n'));
    await server.lw('import', 'cats', source, '--images', server.store);
    const link = await server.start();
    const page = await browser.open();
    const tasks = async () => (await api(page, 'projects/cats')).tasks;
    await page.goto(link);
    await page.getByRole('link', { name: 'cats' }).click();
    await page.getByRole('link', { name: 'Start labelling' }).click();
    const hand = new Labelling(page);
    await hand.ready();
    await hand.press('Control+Enter');
    await page.getByText('A cat has no answer to “tree” yet').waitFor();
    await page.waitForFunction(() => document.activeElement?.id === 'label-tree', null, { timeout: 5000 });
    assert.equal((await tasks()).done, 0);
    await page.keyboard.type('oak');
    await hand.press('Control+Enter');
    await page.getByText('Nothing is waiting').waitFor();
    assert.equal((await tasks()).done, 1);

    // Who would rather stay on what was submitted says so, and takes the keys of another tool along.
    await page.goto(`${server.url}/settings`);
    await page.getByLabel('Stay on it').check();
    await page.getByLabel('Keys as in').selectOption('CVAT');
    await page.waitForFunction(async () => (await (await fetch('/v1/me')).json()).settings.keys?.next?.[0] === 'f');
    await page.goBack();
    await hand.ready();
    await page.getByRole('button', { name: 'Reopen' }).click();
    await page.getByRole('button', { name: 'Submit' }).click();
    await page.getByRole('button', { name: 'Reopen' }).waitFor();
    await hand.saved();
    assert.equal(await page.getByText('Nothing is waiting').count(), 0);
    await page.locator('canvas').last().click({ position: { x: 3, y: 3 } });
    await hand.press('f');
    await page.getByText('There is no further item that way').waitFor();
});
