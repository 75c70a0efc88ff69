// Data in and out through the pages: dropped files, classes that are not there, the loss that an export shows first.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { api, Browser, missing, picture, Server } from './harness.mjs';

test('files in, with their report, and out again', { skip: missing, timeout: 120_000 }, async () => {
    const server = new Server();
    const link = await server.start();
    const browser = new Browser();
    const page = await browser.open();
    const file = (name, text) => {
        const path = join(server.store, name);
        writeFileSync(path, text);
        return path;
    };
    try {
        await page.goto(link);
        await page.getByRole('button', { name: 'New project' }).first().click();
        await page.getByLabel('Name').fill('road 道路');
        await page.getByRole('button', { name: 'Create' }).click();
        await page.getByRole('link', { name: 'Import' }).last().click();
        const pictures = [1, 2, 3].map((i) => file(`${i}.bmp`, picture(64, 48, i)));
        await page.getByLabel('Choose files', { exact: true }).last().setInputFiles([...pictures, file('notes.txt', 'nothing')]);
        await page.getByText('4 files').waitFor();
        await page.getByRole('button', { name: 'Import', exact: true }).click();
        await page.getByText('Imported').waitFor();
        assert.match(await page.locator('table').innerText(), /Items\s+3\s+3/);

        // An ontology that has classes already does not get others unasked.
        await page.evaluate(() => fetch(`/v1/projects/${encodeURIComponent('road 道路')}/ontology`, { method: 'PUT', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ version: 1, classes: [{ name: 'car' }], item: [] }) }));
        await page.getByRole('button', { name: 'Import more' }).click();
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
        await page.getByRole('alert').getByText('zebra').waitFor();
        await page.getByRole('button', { name: 'Add these classes and import' }).click();
        await page.getByText('Imported').waitFor();
        await page.getByText('no area').waitFor();
        assert.equal((await api(page, `projects/${encodeURIComponent('road 道路')}`)).labels, 1);

        // What an export would lose is said before.
        await page.getByRole('link', { name: 'Export' }).first().click();
        await page.getByText('Nothing. This format carries all of it.').waitFor();
        await page.getByLabel('Images').selectOption('none');
        const download = page.waitForEvent('download');
        await page.getByRole('link', { name: 'Download' }).click();
        const lines = readFileSync(await (await download).path(), 'utf8').trim().split('\n').map((line) => JSON.parse(line));
        assert.deepEqual(lines.flatMap((line) => line.labels ?? []).map((label) => [label.class, label.box]), [['zebra', [1, 2, 10, 12]]]);
        assert.deepEqual(browser.problems, []);
    } finally {
        await browser.close();
        await server.close();
    }
});
