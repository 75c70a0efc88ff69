// A hundred images by keyboard alone.
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { api, Browser, Labelling, missing, picture, Server } from './harness.mjs';

const n = Number(process.env.LW_IMAGES || 30);

test(`${n} images labelled without touching the mouse`, { skip: missing, timeout: 60_000 + n * 2000 }, async () => {
    const server = new Server();
    const photos = join(server.store, 'photos');
    mkdirSync(photos);
    for (let i = 1; i <= n; i++) writeFileSync(join(photos, `${String(i).padStart(3, '0')}.bmp`), picture(160, 120, i));
    await server.lw('import', 'photos', photos);
    const ontology = join(server.store, 'ontology.json');
    writeFileSync(ontology, JSON.stringify({ classes: [{ name: 'cat' }, { name: 'dog' }], item: [{ name: 'light', type: 'one', options: ['day', 'night'] }] }));
    await server.lw('ontology', 'set', 'photos', ontology);
    const link = await server.start();
    const browser = new Browser();
    const page = await browser.open();
    const hand = new Labelling(page);
    const reach = async (name) => {
        for (let i = 0; i < 40; i++) {
            await page.keyboard.press('Tab');
            const at = await page.evaluate(() => document.activeElement?.textContent || document.activeElement?.getAttribute('aria-label'));
            if (at?.includes(name)) return;
        }
        assert.fail(`${name} cannot be reached by Tab`);
    };
    try {
        await page.goto(link);
        await page.getByRole('link', { name: 'photos' }).waitFor();
        await reach('photos');
        await page.keyboard.press('Enter');
        await page.getByText('Start labelling').waitFor();
        await reach('Start labelling');
        await page.keyboard.press('Enter');
        await hand.ready();

        // The first needs a box: pasted from nothing it cannot be, so it comes through the API, as a prediction would.
        const first = await page.evaluate(() => window.__editor.loaded.value.item.id);
        await page.evaluate((item) => fetch('/v1/projects/photos/labels', { method: 'POST', headers: { 'content-type': 'application/x-ndjson' }, body: JSON.stringify({ op: 'add', item, class: 'cat', box: [10, 10, 50, 40] }) }), first);
        await page.waitForFunction(() => window.__editor.doc.count === 1);
        for (let i = 0; i < n; i++) {
            if (i) {
                await hand.press('c');
                await page.waitForFunction(() => window.__editor.doc.count === 1);
            }
            await hand.press('s', i % 2 ? '1' : '2', 'ArrowRight', 'Shift+ArrowDown');
            const before = page.url();
            await hand.press('Control+Enter');
            if (i < n - 1) {
                await page.waitForFunction((was) => location.href !== was, before);
                await page.waitForFunction(() => Number(/items\/(\d+)/.exec(location.pathname)[1]) === window.__editor.loaded.value?.item.id);
            }
        }
        await page.getByText('Nothing is waiting').waitFor();
        const { tasks, labels } = await api(page, 'projects/photos');
        assert.deepEqual([tasks.done, labels], [n, n]);
        const stats = await api(page, 'projects/photos/stats');
        assert.deepEqual(Object.fromEntries(stats.classes.map((c) => [c.class, c.labels])), { cat: Math.floor(n / 2), dog: Math.ceil(n / 2) });
        const last = await api(page, `projects/photos/items?position=${n}&limit=1`);
        const { labels: moved } = await api(page, `projects/photos/items/${last.rows[0].id}/labels`);
        assert.deepEqual(moved[0].box, [10 + n, 10 + 10 * n, 50, 40]);
        assert.deepEqual(browser.problems, []);
    } finally {
        await browser.close();
        await server.close();
    }
});
