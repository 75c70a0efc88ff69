// Work by keyboard alone: a hundred images, and predictions checked with as few keys as there are.
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { api, journey, Labelling, picture } from './harness.mjs';

const n = Number(process.env.LW_IMAGES || 100);

journey(`${n} images labelled without touching the mouse`, 60 + n * 2, async (server, browser) => {
    const photos = join(server.store, 'photos');
    mkdirSync(photos);
    for (let i = 1; i <= n; i++) writeFileSync(join(photos, `${String(i).padStart(3, '0')}.bmp`), picture(160, 120, i));
    await server.lw('import', 'photos', photos);
    const ontology = join(server.store, 'ontology.json');
    writeFileSync(ontology, JSON.stringify({ classes: [{ name: 'cat' }, { name: 'dog' }], item: [{ name: 'light', type: 'one', options: ['day', 'night'] }] }));
    await server.lw('ontology', 'set', 'photos', ontology);
    const link = await server.start();
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
    await page.goto(link);
    await page.getByRole('link', { name: 'photos' }).waitFor();
    await reach('photos');
    await page.keyboard.press('Enter');
    await page.getByText('Start labelling').waitFor();
    await reach('Start labelling');
    await page.keyboard.press('Enter');
    await hand.ready();

    // The first box stands in the middle of what is seen, a fifth of it; the others are copies.
    await hand.press('r', 'Enter', 'Control+Shift+ArrowRight', 'v');
    const [x, y, w, h] = await page.evaluate(() => [...window.__editor.doc.shape(0).xy]);
    assert.deepEqual([Math.round(x + (w - 10) / 2), Math.round(y + h / 2)], [80, 60]);
    for (let i = 0; i < n; i++) {
        if (i) {
            await hand.press('c');
            await page.waitForFunction(() => window.__editor.doc.count === 1);
        }
        await hand.press('s', i % 2 ? '1' : '2', 'ArrowRight', 'ArrowDown');
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
    assert.deepEqual(moved[0].box.map(Math.round), [x + n, y + n, w, h].map(Math.round));
});

journey('ten predictions, eight of them right: ten keys one by one, three for those in doubt and the rest at once', 90, async (server, browser) => {
    const photos = join(server.store, 'photos');
    mkdirSync(photos);
    for (const i of [1, 2, 3]) writeFileSync(join(photos, `${i}.bmp`), picture(320, 240, i));
    await server.lw('import', 'photos', photos);
    const ontology = join(server.store, 'ontology.json');
    writeFileSync(ontology, JSON.stringify({ classes: [{ name: 'cat' }, { name: 'dog' }] }));
    await server.lw('ontology', 'set', 'photos', ontology);
    const said = join(server.store, 'said.ndjson');
    const box = (item, i) => ({ op: 'add', item: `${item}.bmp`, class: 'cat', layer: 'yolo', confidence: (10 + ((i * 7) % 10)) / 20, box: [10 + 30 * i, 20, 20, 30] });
    writeFileSync(said, [1, 2].flatMap((item) => Array.from({ length: 10 }, (_, i) => JSON.stringify(box(item, i)))).join('\n'));
    await server.lw('apply', 'photos', said);
    const link = await server.start();
    const page = await browser.open();
    const hand = new Labelling(page);
    const truth = async (item) => (await api(page, `projects/photos/items/${item}/labels`)).labels.map((label) => `${label.layer} ${label.class} ${label.confidence}`).sort();
    const right = [...Array(8).fill('truth cat null'), 'truth dog null'];
    await page.goto(link);
    await page.getByText('Start labelling').or(page.getByRole('link', { name: 'photos' })).first().waitFor();
    await page.goto(`${server.url}/projects/photos/items/1`);
    await hand.ready();
    // The first two in doubt: one is of another class, one is nothing. Each key goes on to the next by itself.
    const one = ['2', 'x', ...Array(8).fill('Enter')];
    await hand.press(...one);
    assert.equal(one.length, 10);
    await hand.saved();
    assert.deepEqual(await truth(1), right);
    await hand.press('d');
    await page.waitForFunction(() => window.__editor.loaded.value?.item.id === 2);
    // Who does not see the picture is told where he is, and what became of what he did.
    const told = (words) => page.locator('.label-page > [aria-live]').filter({ hasText: words }).waitFor({ state: 'attached' });
    await told('2.bmp, item 2, Waiting, 10 labels');
    await hand.press('2', 'x');
    await told('Removed. cat, ');
    await hand.press('Control+z');
    await told('Undone');
    await hand.press('Control+Shift+z', 'Shift+Enter');
    await page.waitForFunction(() => window.__editor.loaded.value?.item.id === 3);
    await hand.saved();
    assert.deepEqual(await truth(2), right);
    const { tasks } = await api(page, 'projects/photos');
    assert.equal(tasks.done, 1, 'and it is submitted');
});
