// Every page and its states, dark and light: what axe finds is a failure, and so is any word of the console about the policy.
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { axeSource, Browser, Labelling, missing, picture, Server } from './harness.mjs';

const shots = process.env.LW_SHOTS; // a folder: pictures of every page go there

async function axe(page, what) {
    // Through the protocol, which the page's policy does not bind.
    if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axeSource);
    const found = await page.evaluate(async () => {
        const { violations } = await window.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] });
        return violations.map((v) => `${v.id}: ${v.nodes.map((n) => `${n.target.join(' ')} ${n.any[0]?.message ?? n.all[0]?.message ?? ''}`).slice(0, 4).join(' | ')}`);
    });
    return found.map((problem) => `${what}: ${problem}`);
}

for (const theme of ['dark', 'light'])
    test(`pages are accessible, ${theme}`, { skip: missing, timeout: 180_000 }, async () => {
        const server = new Server();
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
        const link = await server.start();
        const browser = new Browser();
        const page = await browser.open(shots ? { width: Number(process.env.LW_WIDTH || 1280), height: Number(process.env.LW_HEIGHT || 800) } : undefined);
        await page.addInitScript((name) => localStorage.setItem('theme', name), theme);
        const found = [];
        const look = async (name) => {
            await page.waitForTimeout(300);
            if (shots) await page.screenshot({ path: join(shots, `${name}-${theme}.png`) });
            found.push(...(await axe(page, name)));
        };
        try {
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

            await page.goto(`${server.url}/projects/photos/items/1`);
            const hand = new Labelling(page);
            await hand.ready();
            await look('labelling-empty');
            await hand.press('r', '1');
            await hand.drag([0.1, 0.1], [0.4, 0.4]);
            await page.getByRole('button', { name: 'Yes' }).click();
            await hand.click([0.9, 0.9]);
            await hand.press('Escape', 'p', '2');
            for (const place of [[0.5, 0.5], [0.8, 0.5], [0.7, 0.8]]) await hand.click(place);
            await hand.press('Enter', 'v');
            await hand.click([0.2, 0.2]);
            await hand.saved();
            await look('labelling');
            await page.evaluate(() => document.activeElement.blur());
            await hand.press('?');
            await look('keys');
            await hand.press('Escape');
            await page.getByRole('dialog').waitFor({ state: 'detached' });
            await hand.press('Control+k');
            await page.getByRole('dialog').waitFor();
            await look('palette');
            await hand.press('Escape');
            await hand.press('Control+Backspace');
            await look('skip');
            await hand.press('Escape');

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
            const broken = await page.evaluate(async () => (await (await fetch('/v1/projects/photos/items?text=photo%209')).json()).rows[0]);
            await page.goto(`${server.url}/projects/photos/items/${broken.id}`);
            await page.getByText('This image cannot be shown').waitFor();
            await look('broken');
            assert.deepEqual(found, []);
            assert.deepEqual(browser.problems, []);
        } finally {
            await browser.close();
            await server.close();
        }
    });
