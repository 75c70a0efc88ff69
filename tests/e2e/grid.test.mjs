// The grid by keyboard, at a length where the scroll bar stands for more than itself: from some 32,000 items of the largest
// thumbnails on it is the same as at a million (bench/grid.mjs tries that).
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { api, journey } from './harness.mjs';

const n = 40_000;

journey('forty thousand items, found, chosen and changed by keyboard', 120, async (server, browser) => {
    const source = join(server.store, 'many.jsonl');
    const item = (i) => JSON.stringify({ item: `${String(i).padStart(5, '0')}.jpg`, width: 640, height: 480, state: 'waiting', labels: i % 100 ? [] : [{ class: 'car', layer: 'truth', box: [0, 0, 320, 240] }] });
    writeFileSync(source, [JSON.stringify({ labelwright: 1, project: 'many', seq: 0, ontology: { classes: [{ name: 'car' }], item: [] } }), ...Array.from({ length: n }, (_, i) => item(i))].join('\n'));
    await server.lw('import', 'many', source);
    const link = await server.start();
    const page = await browser.open();
    const press = async (...keys) => {
        for (const key of keys) await page.keyboard.press(key);
    };
    const focused = (name) => page.waitForFunction((name) => document.activeElement?.querySelector('.name')?.textContent === name, name);
    await page.goto(link);
    await page.getByRole('link', { name: 'many' }).waitFor();
    await page.evaluate(() => fetch('/v1/me/settings', { method: 'PUT', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ thumbnailSize: 480 }) }));
    await page.reload();
    await page.getByRole('link', { name: 'many' }).click();
    await page.getByRole('link', { name: 'Items', exact: true }).click();
    await focused('00000.jpg'); // who comes by a link can go on at once
    assert.equal(await page.evaluate(() => document.querySelector('.sizer').offsetHeight), 8_000_000);

    await press('End');
    await focused('39999.jpg');
    await press('ArrowUp');
    await focused('39997.jpg');
    await press('Home', 'ArrowDown', 'ArrowRight');
    await focused('00003.jpg');
    // A turn of the wheel moves by its own length, not by the bar's.
    const top = () => page.evaluate(() => document.querySelector('.cell[data-index="2"]').getBoundingClientRect().y);
    const before = await top();
    await page.mouse.move(600, 400);
    await page.mouse.wheel(0, 120);
    await page.waitForFunction((before) => document.querySelector('.cell[data-index="2"]').getBoundingClientRect().y < before, before);
    assert.ok(Math.abs(before - (await top()) - 120) < 2);
    await page.evaluate(() => (document.querySelector('.scroller').scrollTop = 4_000_000));
    await page.waitForFunction(() => /^(19|20)\d{3}/.test(document.querySelector('.cell .name')?.textContent));

    // Found by name; three chosen; their split set; the next one opened, and back to it.
    await press('/');
    await page.keyboard.type('0012');
    await page.getByText('14 items').waitFor();
    await press('Enter');
    await focused('00012.jpg');
    await press('Space', 'Shift+ArrowRight', 'Shift+ArrowRight');
    await page.getByText('3 selected').waitFor();
    await page.getByRole('button', { name: 'Set split' }).focus();
    await press('Enter');
    await page.waitForFunction(() => document.activeElement?.textContent === 'train');
    await press('ArrowDown', 'Enter');
    await page.getByText('3 items are now in “val”.').waitFor();
    const { rows } = await api(page, 'projects/many/items?split=val');
    assert.deepEqual(rows.map((row) => row.name), ['00012.jpg', '00120.jpg', '00121.jpg']);
    await page.locator('.cell[aria-selected=true]').first().focus();
    await press('Escape', 'End', 'Enter');
    await page.waitForURL(/items\/\d+\?text=0012/);
    await page.goBack();
    await focused('30012.jpg');
});
