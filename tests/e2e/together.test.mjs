// Two people in one image, a class that goes away while it is drawn, and names of every kind.
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { api, begin, Browser, journey, Labelling, labelsOf, picture } from './harness.mjs';

journey('two people see each other, and neither overwrites the other', 90, async (server, ann, t) => {
    const photos = join(server.store, 'photos');
    mkdirSync(photos);
    writeFileSync(join(photos, '猫 🐈.bmp'), picture(320, 240));
    await server.lw('import', 'photos', photos);
    const ontology = join(server.store, 'ontology.json');
    writeFileSync(ontology, JSON.stringify({ classes: [{ name: 'قطة' }, { name: 'собака' }, { name: '🦊' }] }));
    await server.lw('ontology', 'set', 'photos', ontology);
    const link = await server.start();
    const added = await server.lw('user', 'add', 'Bo');
    const bo = new Browser();
    t.after(() => bo.close());
    const pages = [await ann.open(), await bo.open()];
    await pages[0].goto(link);
    await pages[1].goto(`${server.url}/#secret=${/secret=(\S+)/.exec(added)[1]}`);
    const hands = pages.map((page) => new Labelling(page));
    for (const [i, page] of pages.entries()) {
        await page.getByRole('link', { name: 'photos' }).waitFor();
        await page.goto(`${server.url}/projects/photos/items/1`);
        await hands[i].ready();
    }
    const [a, b] = hands;
    assert.ok(await pages[0].getByText('猫 🐈.bmp').count());
    await a.press('r');
    await a.drag([0.1, 0.1], [0.3, 0.3]);
    await pages[1].waitForFunction(() => window.__editor.doc.count === 1);
    assert.deepEqual(await b.shown(), ['قطة 32 24 64 48']);
    assert.equal(await pages[1].locator('#add-class').count(), 0, 'an annotator does not change the ontology');
    for (const path of ['people', 'projects/photos/import']) {
        const other = await bo.context.newPage();
        await other.goto(`${server.url}/${path}`);
        await other.getByText('Only owners come in here').waitFor();
        await other.close();
    }

    // Both change it while Bo's network is away.
    await bo.context.setOffline(true);
    await b.press('v');
    await b.click([0.2, 0.2]);
    await b.press('3');
    await a.press('v');
    await a.click([0.2, 0.2]);
    await a.press('2');
    await a.saved();
    await bo.context.setOffline(false);
    await pages[1].getByRole('button', { name: '1 edit was not taken' }).click();
    const dialog = pages[1].getByRole('dialog');
    await dialog.getByText('🦊').waitFor();
    await dialog.getByText('собака').waitFor();
    assert.deepEqual(await labelsOf(pages[0], 'photos', 1), ['собака 32 24 64 48'], 'nothing was overwritten');
    await dialog.getByRole('button', { name: 'Keep mine' }).click();
    await b.saved();
    await pages[0].waitForFunction(() => window.__editor.doc.className(0) === '🦊');
    const { labels } = await api(pages[0], 'projects/photos/items/1/labels');
    assert.equal(labels[0].by, 'Bo');

    // Bo removes it; Ann, who was away, has moved it.
    await ann.context.setOffline(true);
    await a.click([0.2, 0.2]);
    await a.press('ArrowRight');
    await b.press('Escape', 'v');
    await b.click([0.2, 0.2]);
    await b.press('x');
    await b.saved();
    await ann.context.setOffline(false);
    await pages[0].getByRole('button', { name: '1 edit was not taken' }).click();
    await pages[0].getByRole('dialog').getByRole('button', { name: 'Take theirs' }).click();
    await pages[0].waitForFunction(() => window.__editor.doc.count === 0);
    assert.deepEqual(await labelsOf(pages[0], 'photos', 1), []);
    assert.deepEqual(bo.problems, []);
});

journey('a class is taken away elsewhere while it is being drawn', 60, async (server, browser) => {
    const link = await begin(server);
    const page = await browser.open();
    await page.goto(link);
    await page.getByRole('link', { name: 'photos' }).waitFor();
    await page.goto(`${server.url}/projects/photos/items/1`);
    const hand = new Labelling(page);
    await hand.ready();
    await hand.press('r', '2');
    await page.evaluate(async () => {
        const now = await (await fetch('/v1/projects/photos/ontology')).json();
        await fetch('/v1/projects/photos/ontology', { method: 'PUT', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ ...now, classes: now.classes.filter((c) => c.name !== 'dog') }) });
    });
    await hand.drag([0.1, 0.1], [0.3, 0.3]);
    await hand.press('1');
    await hand.drag([0.5, 0.1], [0.7, 0.3]);
    await page.getByRole('button', { name: '1 edit was not taken' }).click();
    assert.match(await page.getByRole('dialog').innerText(), /dog/);
    await page.getByRole('button', { name: 'Drop mine' }).click();
    await hand.saved();
    assert.deepEqual(await labelsOf(page, 'photos', 1), ['cat 160 24 64 48']);
    assert.deepEqual(await hand.shown(), ['cat 160 24 64 48']);
});

journey('two tabs of one person show the same, whichever of them sends', 60, async (server, browser) => {
    const link = await begin(server);
    const one = await browser.open();
    await one.goto(link);
    await one.getByRole('link', { name: 'photos' }).waitFor();
    const two = await browser.context.newPage();
    const hands = [new Labelling(one), new Labelling(two)];
    const show = (wanted) => Promise.all(hands.map(({ page }) => page.waitForFunction((wanted) => [...window.__editor.doc.alive()].map((slot) => `${window.__editor.doc.className(slot)} ${Math.round(window.__editor.doc.shape(slot).xy[0])}`).join() === wanted, wanted)));
    for (const hand of hands) {
        await hand.page.goto(`${server.url}/projects/photos/items/1`);
        await hand.ready();
    }
    await hands[0].press('r');
    await hands[0].drag([0.1, 0.1], [0.3, 0.3]);
    await show('cat 32');
    await hands[1].press('v', 's', '2');
    await show('dog 32');
    await hands[0].press('v', 's', 'ArrowRight');
    await show('dog 33');
    await hands[1].press('ArrowRight', 'r');
    await hands[1].drag([0.5, 0.1], [0.7, 0.3]);
    await show('dog 34,cat 160');
    await hands[0].press('x');
    await show('cat 160');
    for (const hand of hands) await hand.saved();
    assert.deepEqual(await labelsOf(one, 'photos', 1), ['cat 160 24 64 48']);
    assert.equal(await one.getByText('not taken').count(), 0);
});
