// The labelling page in each of its states, dark and light: what axe finds is a failure.
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { axe, journey, Labelling, picture } from './harness.mjs';

journey('every state of the labelling page is accessible, dark and light', 180, async (server, browser) => {
    const photos = join(server.store, 'photos');
    mkdirSync(photos);
    for (let i = 1; i <= 2; i++) writeFileSync(join(photos, `photo ${i}.bmp`), picture(320, 240, i));
    await server.lw('import', 'photos', photos);
    const colour = { name: 'colour', type: 'one', options: ['black', 'white', 'red', 'grey', 'other'] };
    const attributes = [colour, { name: 'asleep', type: 'yesno' }, { name: 'where', type: 'text', when: { asleep: true } }, { name: 'seen', type: 'many', options: ['head', 'tail'] }];
    const ontology = join(server.store, 'ontology.json');
    writeFileSync(ontology, JSON.stringify({ classes: [{ name: 'cat', kinds: ['box', 'polygon'], attributes }, { name: 'dog' }, { name: 'blurred', kinds: ['tag'] }], item: [{ name: 'light', type: 'one', options: ['day', 'night'] }] }));
    await server.lw('ontology', 'set', 'photos', ontology);
    const operations = async (...lines) => {
        const file = join(server.store, 'operations.ndjson');
        writeFileSync(file, lines.map((line) => JSON.stringify(line)).join('\n'));
        await server.lw('apply', 'photos', file);
    };
    await operations({ op: 'add', item: 'photo 2.bmp', class: 'cat', layer: 'yolo', confidence: 0.4, box: [10, 10, 90, 90] }, { op: 'add', item: 'photo 2.bmp', class: 'dog', layer: 'yolo', confidence: 0.6, box: [120, 10, 90, 90] });
    const link = await server.start();
    const page = await browser.open();
    const hand = new Labelling(page);
    const found = [];
    const look = async (name) => {
        for (const theme of ['light', 'dark']) {
            await page.evaluate((theme) => (document.documentElement.dataset.theme = theme), theme);
            await page.waitForTimeout(150);
            found.push(...(await axe(page, `${name}, ${theme}`)));
        }
    };
    const closed = async () => {
        await hand.press('Escape');
        await page.getByRole('dialog').waitFor({ state: 'detached' });
    };
    await page.goto(link);
    await page.getByRole('link', { name: 'photos' }).waitFor();
    await page.goto(`${server.url}/projects/photos/items/1`);
    await hand.ready();
    await look('empty');
    await hand.press('r', '1');
    await hand.click([0.1, 0.1]);
    await hand.move([0.4, 0.4]);
    await look('drawing');
    await hand.click([0.4, 0.4]);
    await page.getByRole('button', { name: 'Yes' }).click();
    await hand.press('Escape', 'p', '2');
    for (const place of [[0.5, 0.5], [0.8, 0.5], [0.7, 0.8]]) await hand.click(place);
    await hand.press('Enter', 'v');
    await hand.click([0.2, 0.2]);
    await hand.saved();
    await look('selected');
    // A screen reader is told of each label as the focus walks, and finds them in a list.
    await hand.press('s');
    assert.equal(await page.locator('.hidden-text[aria-live]').innerText(), 'dog, 2 of 2');
    assert.deepEqual(await page.getByRole('listbox', { name: 'Objects' }).getByRole('option').allInnerTexts().then((all) => all.map((text) => text.trim())), ['cat', 'dog']);
    assert.ok(await page.getByRole('option', { name: 'dog', selected: true }).count());
    await hand.press('l', 'Shift+h');
    assert.ok(await page.getByRole('option', { name: 'dog hidden, locked' }).count());
    await hand.press('l', 'Shift+h');
    for (const [name, key] of [['keys', '?'], ['palette', 'Control+k'], ['classes', '/'], ['go to', 'Control+g'], ['skip', 'Control+Backspace']]) {
        await hand.press(key);
        await page.getByRole('dialog').waitFor();
        await look(name);
        await closed();
    }
    await hand.press('Alt+h', '\\');
    await look('bare');
    await hand.press('Alt+h', '\\', 's');

    await browser.context.setOffline(true);
    await hand.press('ArrowRight');
    await page.getByText('Offline, 1 waiting').waitFor();
    await look('offline');
    const [id, was] = await page.evaluate(() => {
        const { doc, focus } = window.__editor;
        const slot = doc.slot(focus.value);
        return [doc.id[slot], doc.seq[slot]];
    });
    await operations({ op: 'change', id, was, attributes: { colour: 'red' } });
    await browser.context.setOffline(false);
    await page.getByRole('button', { name: '1 edit was not taken' }).click();
    await page.getByRole('dialog').waitFor();
    await look('conflict');
    await page.getByRole('button', { name: 'Take theirs' }).click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });

    await hand.press('d');
    await page.getByText('2 to check').waitFor();
    await look('predictions');
    assert.deepEqual(found, []);
});
