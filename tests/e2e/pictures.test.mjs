// Pictures of every size and none, hundreds of classes, and names of every script.
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { api, begin, hugePicture, journey, Labelling, labelsOf, photo, picture } from './harness.mjs';

const names = ['قطة', '猫', '🦊 fox', 'a name that goes on and on and on and on and on and on'];

journey('12 megapixels, 20,000 x 20,000, a broken picture; 300 classes', 120, async (server, browser) => {
    const page = await browser.open();
    const photos = join(server.store, 'photos');
    mkdirSync(photos);
    const large = await photo(page, 4000, 3000);
    for (const [name, bytes] of [['1 large.jpg', large], ['2 huge.png', hugePicture(20_000, 20_000)], ['3 cut short.jpg', large.subarray(0, large.length / 3)], ['4 صورة 照片 📷.bmp', picture(320, 240)], ['5 gone.bmp', picture(320, 240)]])
        writeFileSync(join(photos, name), bytes);
    await server.lw('import', 'photos', photos);
    writeFileSync(join(photos, '5 gone.bmp'), 'no picture any more');
    const ontology = join(server.store, 'ontology.json');
    writeFileSync(ontology, JSON.stringify({ classes: Array.from({ length: 300 }, (_, i) => ({ name: names[i] ?? `class ${i}` })) }));
    await server.lw('ontology', 'set', 'photos', ontology);
    const hand = new Labelling(page);
    const goOn = async (name) => {
        await hand.press('d');
        await page.waitForFunction((name) => window.__editor.loaded.value?.item.name.startsWith(name), name);
    };
    const pixel = (x, y) =>
        page.evaluate(
            ([x, y]) => {
                const { view, stage, width, height } = window.__editor;
                return [...stage.base.getContext('2d').getImageData((x * width - view.x) * view.scale, (y * height - view.y) * view.scale, 1, 1).data];
            },
            [x, y],
        );
    await page.goto(await server.start());
    await page.getByRole('link', { name: 'photos' }).waitFor();
    await page.goto(`${server.url}/projects/photos/items/1`);
    await hand.ready();
    // Any of 300 is two letters and Enter away; the first ten have digits.
    await hand.press('r', '/');
    await page.keyboard.type('287');
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await hand.drag([0.1, 0.1], [0.2, 0.2]);
    await hand.press('2');
    await hand.drag([0.3, 0.1], [0.4, 0.2]);
    // At a hundred times a pixel is as large as a thumb, and a box of two can be drawn.
    await hand.move([0.5, 0.5]);
    for (let i = 0; i < 40; i++) await page.mouse.wheel(0, -300);
    await page.waitForFunction(() => window.__editor.view.scale === 100);
    await hand.press('3');
    await hand.drag([0.5, 0.5], [0.5 + 2 / 4000, 0.5 + 2 / 3000]);
    await hand.saved();
    assert.deepEqual(await labelsOf(page, 'photos', 1), ['class 287 400 300 400 300', '猫 1200 300 400 300', '🦊 fox 2000 1500 2 2']);

    // Light for dim pictures, from near and from far, kept from image to image.
    const place = [0.5 - 1 / 4000, 0.5 - 1 / 3000];
    const near = await pixel(...place);
    await page.getByLabel('Brightness').focus();
    await hand.press('ArrowRight', 'ArrowRight');
    await hand.drawn();
    const brighter = await pixel(...place);
    assert.ok(brighter.slice(0, 3).every((v, i) => Math.abs(v - Math.min(255, near[i] + 25.5)) <= 1), `${near} became ${brighter}`);
    await hand.press('Escape', 'Shift+f');
    await hand.drawn();
    const far = await pixel(0.9, 0.9);
    await page.getByRole('button', { name: 'Reset' }).click();
    await hand.drawn();
    assert.ok((await pixel(0.9, 0.9)).slice(0, 3).every((v, i) => v < far[i] || far[i] === 255));

    await goOn('2 huge');
    await page.waitForFunction(() => window.__editor.media);
    assert.deepEqual([await pixel(0.5, 1.5 / 20), await pixel(0.5, 0.5 / 20)], [[255, 255, 255, 255], [0, 0, 0, 255]], 'it is seen');
    await hand.press('Shift+f');
    await hand.drag([0.25, 0.25], [0.5, 0.5]);
    await hand.saved();
    const [huge] = (await api(page, 'projects/photos/items/2/labels')).labels;
    assert.ok(huge.box.every((v) => Math.abs(v - 5000) < 40), `${huge.box}`);
    // From near its own pixels are seen: stripes of one each.
    await hand.move([0.5, 10_032 / 20_000]);
    for (let i = 0; i < 10; i++) await page.mouse.wheel(0, -300);
    await page.waitForFunction(() => window.__editor.view.scale > 8);
    await page.waitForFunction(() => {
        const { view, stage } = window.__editor;
        const row = (y) => stage.base.getContext('2d').getImageData(view.width / 2, (y - view.y) * view.scale, 1, 1).data[0] >> 6;
        return [10_030.5, 10_031.5, 10_032.5, 10_033.5].map(row).join() === '0,3,0,3';
    });

    await goOn('3 cut short');
    await goOn('4');
    await hand.press('1');
    await hand.drag([0.25, 0.25], [0.5, 0.5]);
    await hand.saved();
    assert.deepEqual(await labelsOf(page, 'photos', 4), ['قطة 80 60 80 60']);
    await goOn('5 gone');
    await page.getByText('This image cannot be shown').waitFor();
    await hand.press('Control+Backspace');
    await page.getByRole('button', { name: 'Nothing to label' }).click();
    await hand.saved();
    const { task } = await api(page, 'projects/photos/items/5/labels');
    assert.deepEqual([task.state, task.reason], ['skipped', 'Nothing to label']);
});

journey('hundreds of chosen labels are carried as one', 60, async (server, browser) => {
    const link = await begin(server, 2);
    const operations = join(server.store, 'operations.ndjson');
    const place = (i) => [(i % 20) * 14, Math.floor(i / 20) * 12, 10, 8];
    writeFileSync(operations, Array.from({ length: 600 }, (_, i) => JSON.stringify({ op: 'add', item: i < 300 ? '1.bmp' : '2.bmp', class: i % 2 ? 'cat' : 'dog', box: place(i % 300) })).join('\n'));
    await server.lw('apply', 'photos', operations);
    const page = await browser.open();
    const hand = new Labelling(page);
    const corners = () => page.evaluate(() => [...window.__editor.doc.alive()].map((slot) => [...window.__editor.doc.shape(slot).xy].map(Math.round).join(' ')).join());
    const moved = (dx, dy, except = -1) => Array.from({ length: 300 }, (_, i) => place(i).map((v, k) => v + (i === except ? 0 : [dx, dy, 0, 0][k])).join(' ')).join();
    await page.goto(link);
    await page.getByRole('link', { name: 'photos' }).waitFor();
    await page.goto(`${server.url}/projects/photos/items/1`);
    await hand.ready();
    await hand.press('v', 'Control+a');
    const grasp = async (dx, dy) => {
        await hand.move([5 / 320, 4 / 240]);
        await page.mouse.down();
        await hand.move([(5 + dx / 2) / 320, (4 + dy / 2) / 240]);
        await hand.move([(5 + dx) / 320, (4 + dy) / 240]);
        await page.waitForFunction(() => window.__editor.statics.current.carried);
    };
    await grasp(16, 12);
    assert.equal(await corners(), moved(0, 0), 'nothing has moved yet');
    await hand.press('Escape');
    await page.mouse.up();
    assert.equal(await corners(), moved(0, 0), 'Esc puts it back');

    await page.evaluate(() => window.__editor.toggleLocked([window.__editor.doc.refs[7]]));
    await grasp(16, 12);
    await page.mouse.up();
    assert.equal(await corners(), moved(16, 12, 7), 'what is locked stays');
    await page.waitForFunction(() => window.__editor.statics.isFresh && !window.__editor.statics.current.carried);
    await hand.press('Control+z');
    assert.equal(await corners(), moved(0, 0), 'one step back');

    await hand.saved();

    // What lies beside the open item has been drawn before anybody goes there.
    await page.waitForFunction(async () => (await window.__work.shelf.get(2))?.ahead?.isFresh);
    const opened = page.evaluate(() => {
        const { loaded } = window.__editor;
        const before = loaded.value;
        return new Promise((resolve) => loaded.subscribe((now) => now !== before && resolve([now.item.id, window.__editor.statics.isFresh])));
    });
    await hand.press('d');
    assert.deepEqual(await opened, [2, true]);
});
