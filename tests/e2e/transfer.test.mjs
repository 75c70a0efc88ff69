// Data in and out through the pages: dropped files, classes that are not there, the loss that an export shows first.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { api, drop, journey, picture } from './harness.mjs';

journey('files in, with their report, and out again', 120, async (server, browser) => {
    const link = await server.start();
    const page = await browser.open();
    const file = (name, text) => {
        const path = join(server.store, name);
        writeFileSync(path, text);
        return path;
    };
    await page.goto(link);
    await page.getByRole('button', { name: 'New project' }).first().click();
    await page.getByLabel('Name').fill('road 道路');
    await page.getByRole('button', { name: 'Create' }).click();
    await page.getByRole('link', { name: 'Import' }).last().click();
    mkdirSync(join(server.store, 'photos/deep'), { recursive: true });
    for (const i of [1, 2, 3]) file(`photos/${i > 2 ? 'deep/' : ''}${i}.bmp`, picture(64, 48, i));
    await drop(page, 'h1', [join(server.store, 'photos'), file('broken.jpg', 'no picture')]);
    await page.getByText('4 files').waitFor();

    // Tried out first: everything is counted, nothing is there.
    await page.getByRole('button', { name: 'Try out' }).click();
    await page.getByText('Tried out: nothing was written').waitFor();
    assert.equal((await api(page, `projects/${encodeURIComponent('road 道路')}`)).items, 0);
    await page.getByRole('button', { name: 'Import now' }).click();
    await page.getByText('Imported, but a part could not be read').waitFor();
    assert.match(await page.locator('table').innerText(), /Items\s+4\s+3\s+0\s+1/);
    await page.getByText('image cannot be read').waitFor();

    // The report can be kept, and found again.
    const kept = page.waitForEvent('download');
    await page.getByRole('link', { name: 'Report as JSON' }).click();
    assert.equal(JSON.parse(readFileSync(await (await kept).path(), 'utf8')).items.added, 3);
    await page.getByRole('link', { name: 'Labelwright' }).click();
    await page.getByRole('link', { name: 'Jobs' }).first().click();
    await page.getByRole('link', { name: 'Import 2' }).click();
    await page.getByText('image cannot be read').waitFor();

    // An ontology that has classes already does not get others unasked.
    await page.evaluate(() => fetch(`/v1/projects/${encodeURIComponent('road 道路')}/ontology`, { method: 'PUT', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ version: 1, classes: [{ name: 'car' }], item: [] }) }));
    await page.getByRole('link', { name: 'Import more' }).click();
    const coco = {
        images: [1, 2].map((id) => ({ id, file_name: `${id}.bmp`, width: 64, height: 48 })),
        categories: [{ id: 1, name: 'zebra' }],
        annotations: [
            { id: 1, image_id: 1, category_id: 1, bbox: [1, 2, 10, 12], area: 120, iscrowd: 0 },
            { id: 2, image_id: 2, category_id: 1, bbox: [1, 2, 0, 12], area: 0, iscrowd: 0 },
        ],
    };
    await page.getByLabel('Choose files', { exact: true }).last().setInputFiles([file('instances.json', JSON.stringify(coco))]);
    await page.getByRole('button', { name: 'Import', exact: true }).click();
    await page.getByLabel('zebra').selectOption('It is “car”');
    await page.getByRole('button', { name: 'Import', exact: true }).click();
    await page.getByText('no area').waitFor();
    assert.equal((await api(page, `projects/${encodeURIComponent('road 道路')}`)).labels, 1);

    // An import is taken back and given again.
    await page.getByRole('button', { name: 'Undo' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Undo' }).click();
    await page.getByText('Taken back').waitFor();
    assert.equal((await api(page, `projects/${encodeURIComponent('road 道路')}`)).labels, 0);
    await page.getByRole('link', { name: 'History' }).click();
    await page.getByRole('button', { name: 'Undo' }).first().click();
    await page.getByRole('dialog').getByRole('button', { name: 'Undo' }).click();
    await page.waitForFunction(async () => (await (await fetch('/v1/projects/1')).json()).labels === 1);

    // What an export would lose is said before.
    await page.getByRole('link', { name: 'Export' }).first().click();
    await page.getByText('Nothing. This format carries all of it.').waitFor();
    await page.getByLabel('Format').selectOption('yolo');
    await page.getByText('the YOLO task that is written is detect, since all labels are boxes').waitFor();
    await page.getByText('Nothing. This format carries all of it.').waitFor();
    await page.getByLabel('Format').selectOption('jsonl');
    await page.getByLabel('Images').selectOption('none');
    const download = page.waitForEvent('download');
    await page.getByRole('link', { name: 'Download' }).click();
    const lines = readFileSync(await (await download).path(), 'utf8').trim().split('\n').map((line) => JSON.parse(line));
    assert.deepEqual(lines.flatMap((line) => line.labels ?? []).map((label) => [label.class, label.box]), [['car', [1, 2, 10, 12]]]);
});

journey('a folder dropped alone is named as the command line names it', 60, async (server, browser) => {
    const photos = join(server.store, 'photos');
    mkdirSync(join(photos, 'deep'), { recursive: true });
    for (const name of ['1.bmp', '2.bmp', 'deep/3.bmp']) writeFileSync(join(photos, name), picture(64, 48, name.length));
    await server.lw('import', 'road', photos, '--copy');
    const link = await server.start();
    const page = await browser.open();
    await page.goto(link);
    await page.getByRole('link', { name: 'road' }).click();
    await page.getByRole('link', { name: 'Import' }).first().click();
    await drop(page, 'h1', [photos]);
    await page.getByText('3 files').waitFor();
    await page.getByRole('button', { name: 'Import', exact: true }).click();
    await page.getByText('3 items were there already').waitFor();
    assert.equal((await api(page, 'projects/road')).items, 3);
});
