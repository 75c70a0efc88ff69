// A stranger's first minutes: from the printed link to a folder that trains.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { api, journey, Labelling, labelsOf, picture } from './harness.mjs';

journey('from the printed link to the exported file', 120, async (server, browser) => {
    const photos = join(server.store, '..', `photos-${process.pid}`);
    mkdirSync(photos, { recursive: true });
    for (const [i, name] of ['a cat.bmp', 'b ‘quoted’.bmp', 'صورة.bmp'].entries()) writeFileSync(join(photos, name), picture(640, 480, i));
    await server.lw('import', 'photos', photos);
    const link = await server.start();
    const page = await browser.open();
    await page.goto(link);
    await page.getByRole('link', { name: 'photos' }).click();
    assert.ok(!page.url().includes('secret'), 'the secret has left the address');
    await page.getByRole('link', { name: 'Items', exact: true }).first().click();
    await page.waitForFunction(() => document.querySelectorAll('.cell .name').length === 3);
    await page.goBack();
    await page.getByRole('link', { name: 'Start labelling' }).click();
    const hand = new Labelling(page);
    await hand.ready();

    // No classes yet: the keyboard stands where the first is named, also after a try to draw.
    await page.waitForFunction(() => document.activeElement?.id === 'add-class');
    await hand.press('Escape', 'r');
    await hand.drag([0.1, 0.1], [0.3, 0.3]);
    await page.waitForFunction(() => document.activeElement?.id === 'add-class');
    await page.keyboard.type('cat');
    await hand.press('Enter');
    await page.getByRole('button', { name: 'cat' }).waitFor();
    // The keyboard is the picture's again; a search that finds nothing adds.
    await hand.press('/');
    await page.keyboard.type('dog');
    await page.getByRole('option', { name: 'Add “dog” as a new class' }).waitFor();
    await hand.press('Enter');
    await page.getByRole('button', { name: 'dog' }).waitFor();
    await hand.press('1');

    await hand.drag([0.1, 0.1], [0.3, 0.3]);
    await hand.press('2');
    await hand.click([0.5, 0.1]);
    await hand.move([0.6, 0.3]);
    await hand.click([0.7, 0.3]);
    await hand.press('p');
    for (const place of [[0.1, 0.6], [0.3, 0.6], [0.3, 0.8], [0.9, 0.9]]) await hand.click(place);
    await hand.press('Backspace', 'Enter');
    const drawn = ['cat 64 48 128 96', 'dog 320 48 128 96', 'dog 64 288 192 288 192 384'];
    assert.deepEqual(await hand.shown(), drawn);
    await hand.saved();
    const item = Number(/items\/(\d+)/.exec(page.url())[1]);
    assert.deepEqual(await labelsOf(page, 'photos', item), drawn);

    // The tab is closed and opened again: everything stands where it stood.
    const address = page.url();
    await page.goto('about:blank');
    await page.goto(address);
    await hand.ready();
    assert.deepEqual(await hand.shown(), drawn);
    assert.equal(await page.evaluate(() => window.__editor.tool.value.id), 'polygon');

    // From image to image until nothing waits.
    for (let left = 2; left >= 0; left--) {
        await hand.press('Control+Enter');
        if (left) {
            await page.waitForFunction((before) => location.href !== before, page.url());
            await hand.ready();
            await hand.press('c');
            await page.waitForFunction(() => window.__editor.doc.count === 3);
        }
    }
    await page.getByText('Nothing is waiting').waitFor();
    assert.deepEqual((await api(page, 'projects/photos')).tasks, { waiting: 0, started: 0, done: 3, skipped: 0 });

    // Out again, by the page and by the command line.
    await page.getByRole('link', { name: 'To the project' }).click();
    await page.getByRole('link', { name: 'Export' }).last().click();
    const download = page.waitForEvent('download');
    await page.getByRole('link', { name: 'Download' }).click();
    assert.ok(statSync(await (await download).path()).size > 1000);
    const out = join(server.store, 'out');
    await server.lw('export', 'photos', out, '--format', 'yolo-detect', '--lossy');
    const files = readdirSync(out, { recursive: true }).filter((name) => /labels.*\.txt$/.test(name));
    assert.equal(files.length, 3);
    assert.match(readFileSync(join(out, files[0]), 'utf8'), /^0 0\.2 0\.2 0\.2 0\.2$/m);
});
