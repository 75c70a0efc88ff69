// Every page and its states, dark and light: what axe finds is a failure, and so is any word of the console about the policy.
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { axe, begin, hugePicture, journey, picture } from './harness.mjs';

for (const theme of ['dark', 'light'])
    journey(`pages are accessible, ${theme}`, 180, async (server, browser) => {
        const photos = join(server.store, 'photos');
        mkdirSync(photos);
        for (let i = 1; i <= 12; i++) writeFileSync(join(photos, `photo ${i}.bmp`), picture(320, 240, i));
        await server.lw('import', 'photos', photos);
        writeFileSync(join(photos, 'photo 9.bmp'), 'no picture any more');
        await server.lw('project', 'create', 'empty');
        const ontology = join(server.store, 'ontology.json');
        writeFileSync(
            ontology,
            JSON.stringify({
                classes: [
                    { name: 'cat', kinds: ['box', 'polygon'], attributes: [{ name: 'colour', type: 'one', options: ['black', 'white', 'red', 'grey', 'other'] }, { name: 'asleep', type: 'yesno' }, { name: 'where', type: 'text', when: { asleep: true } }, { name: 'seen', type: 'many', options: ['head', 'tail'] }] },
                    { name: 'dog' },
                    { name: 'blurred', kinds: ['tag'] },
                ],
                item: [{ name: 'light', type: 'one', options: ['day', 'night'] }],
            }),
        );
        await server.lw('ontology', 'set', 'photos', ontology);
        const labels = join(server.store, 'labels.ndjson');
        writeFileSync(labels, ['cat', 'dog'].map((name, i) => JSON.stringify({ op: 'add', item: 'photo 1.bmp', class: name, box: [20 + 100 * i, 20, 80, 80] })).join('\n'));
        await server.lw('apply', 'photos', labels);
        const link = await server.start();
        const page = await browser.open();
        await page.addInitScript((name) => localStorage.setItem('theme', name), theme);
        const found = [];
        const look = async (name) => {
            await page.waitForTimeout(300);
            found.push(...(await axe(page, name)));
        };
        await page.goto(server.url);
        await page.getByRole('button', { name: 'Sign in' }).waitFor();
        await look('sign-in');
        await page.goto(link);
        await page.getByRole('link', { name: 'photos' }).waitFor();
        await look('projects');
        await page.getByRole('button', { name: 'New project' }).click();
        await look('new-project');
        await page.goto(`${server.url}/projects/empty`);
        await page.getByText('This project has no items yet').waitFor();
        await look('empty-project');

        for (const [name, path, text] of [
            ['project', '/projects/photos', 'Labels by class'],
            ['items', '/projects/photos/items', '12 items'],
            ['items-filtered', '/projects/photos/items?class=dog', '1 item'],
            ['items-none', '/projects/photos/items?text=nothing', 'No item matches'],
            ['ontology', '/projects/photos/ontology', 'Drawn as'],
            ['ontology-empty', '/projects/empty/ontology', 'No classes yet'],
            ['import', '/projects/photos/import', 'Drop images'],
            ['export', '/projects/photos/export', 'What would be lost'],
            ['jobs', '/jobs', 'Jobs'],
            ['people', '/people', 'Add a person'],
            ['settings', '/settings', 'Keys of the labelling page'],
            ['not-found', '/nowhere', 'There is nothing'],
            ['no-project', '/projects/nowhere', 'no project named'],
            ['history', '/projects/photos/history', 'History'],
            ['job', '/projects/photos/import/1', 'Imported'],
        ]) {
            await page.goto(server.url + path);
            await page.getByText(text).locator('visible=true').first().waitFor();
            await look(name);
        }
        // States that a click brings, each closed by Esc, with the focus back where it was.
        for (const [name, path, button] of [
            ['add-person', '/people', 'Add a person'],
            ['add-token', '/settings', 'New token'],
            ['undo', '/projects/photos/import/1', 'Undo'],
            ['rename', '/projects/photos', 'Rename'],
        ]) {
            await page.goto(server.url + path);
            if (name === 'rename') await page.getByRole('button', { name: 'More' }).click();
            const opener = page.getByRole('button', { name: button });
            await opener.click();
            await page.getByRole('dialog').waitFor();
            await look(name);
            await page.keyboard.press('Escape');
            await page.getByRole('dialog').waitFor({ state: 'detached' });
            if (name !== 'rename') assert.ok(await opener.evaluate((at) => document.activeElement === at), `${name} gives the focus back`);
        }
        await page.goto(`${server.url}/people`);
        await page.getByRole('button', { name: 'Add a person' }).click();
        await page.getByLabel('Name').fill('Bo');
        await page.keyboard.press('Enter');
        assert.match(await page.locator('#secret').inputValue(), new RegExp(`^${server.url}/#secret=`), 'a whole address, to be passed on');
        await look('link');
        await page.goto(`${server.url}/projects/photos/items`);
        await page.locator('.cell .name').first().waitFor();
        await page.locator('.cell').first().click({ modifiers: ['Control'] });
        await page.getByText('1 selected').waitFor();
        await look('items-selected');
        await server.lw('project', 'remove', 'empty');
        await page.goto(server.url);
        await page.getByText('1 project in the bin').click();
        await look('bin');
        const broken = await page.evaluate(async () => (await (await fetch('/v1/projects/photos/items?text=photo%209')).json()).rows[0]);
        await page.goto(`${server.url}/projects/photos/items/${broken.id}`);
        await page.getByText('This image cannot be shown').waitFor();
        await look('broken');
        assert.deepEqual(found, []);
    });

journey('an address that leads nowhere says so, with a way back', 90, async (server, browser) => {
    const link = await begin(server);
    await server.lw('import', 'other', join(server.store, 'photos'));
    const page = await browser.open();
    await page.goto(link);
    await page.getByRole('link', { name: 'photos' }).waitFor();
    for (const [path, said, back, hasTabs] of [
        ['nowhere', 'may have been renamed', 'All projects', false],
        ['projects/nowhere', 'No project named', 'All projects', false],
        ['projects/nowhere/items', 'No project named', 'All projects', false],
        ['projects/nowhere/import', 'No project named', 'All projects', false],
        ['projects/nowhere/export', 'No project named', 'All projects', false],
        ['projects/nowhere/items/1', 'No project named', 'All projects', false],
        ['projects/nowhere/next', 'No project named', 'All projects', false],
        ['projects/photos/items/99', 'no item 99', 'All items', false],
        ['projects/photos/import/99', 'No job 99', 'History', true],
        ['projects/photos/import/2', 'This project has no import 2', 'History', true],
        ['projects/photos/items?layer=nowhere', 'No layer named', 'Clear filters', true],
        ['projects/photos/items?split=nowhere', 'No split named', 'Clear filters', true],
        ['projects/photos/items?class=nowhere', 'No item matches', 'Clear filters', true],
    ]) {
        await page.goto(`${server.url}/${path}`);
        const main = page.locator('main');
        await main.getByText(said).first().waitFor();
        await main.getByRole('link', { name: back, exact: true }).or(main.getByRole('button', { name: back, exact: true })).last().click();
        assert.notEqual(page.url(), `${server.url}/${path}`, `${path}: the way back leads on`);
        await page.goBack().catch(() => {});
        await page.goto(`${server.url}/${path}`);
        await main.getByText(said).first().waitFor();
        assert.equal(await page.getByRole('link', { name: 'Ontology' }).count(), hasTabs ? 1 : 0, `${path}: tabs`);
    }
});

journey('a huge picture keeps no other cover back', 120, async (server, browser) => {
    const huge = join(server.store, 'huge');
    mkdirSync(huge);
    writeFileSync(join(huge, 'huge.png'), hugePicture(20_000, 20_000));
    await server.lw('import', 'huge', huge);
    const link = await begin(server, 2);
    const page = await browser.open();
    const answers = [];
    page.on('response', async (response) => {
        if (!response.url().includes('/thumbnails?')) return;
        const body = await response.body();
        const ids = [];
        for (let at = 0; at < body.length; at += 12 + body.readUInt32LE(at + 8)) ids.push(Number(body.readBigUInt64LE(at)));
        answers.push(ids);
    });
    await page.goto(link);
    const isDrawn = ([name, n]) => {
        const covers = [...[...document.querySelectorAll('.project-card')].find((card) => card.querySelector('h2').textContent === name).querySelectorAll('canvas')];
        return covers.length === n && covers.every((canvas) => canvas.getContext('2d').getImageData(canvas.width / 2, 2, 1, 1).data[3] === 255);
    };
    await page.locator('.project-card').first().waitFor();
    await page.waitForFunction(isDrawn, ['photos', 2]);
    await page.waitForFunction(isDrawn, ['huge', 1]);
    while (!answers.flat().includes(1)) await page.waitForTimeout(50);
    assert.deepEqual([answers.flat(), answers.at(-1)], [[2, 3, 1], [1]], 'the huge one came last, by itself');
    const { width } = await page.locator('.cover canvas').first().boundingBox();
    const card = await page.locator('.cover').first().boundingBox();
    assert.equal(Math.round(width), Math.round(card.width), 'one picture fills its cover');
});
