// Every page and its states, dark and light: what axe finds is a failure, and so is any word of the console about the policy.
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { axe, journey, picture } from './harness.mjs';

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
