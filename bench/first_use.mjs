// A stranger's first use, timed: a fresh clone, ./run PHOTOS, the printed link in a Chromium, two classes, boxes and polygons, the tab closed and
// opened again, on to the next image, out as YOLO. `node bench/first_use.mjs PHOTOS [PORT]` in a clone; what is made is removed. The hand is a
// script's: a figure is how long the product takes, and the steps are counted as a person would do them.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Browser, Labelling } from '../tests/e2e/harness.mjs';

const [photos, port = '8085'] = process.argv.slice(2);
if (!photos) throw new Error('usage: node bench/first_use.mjs PHOTOS [PORT]');
const top = resolve(fileURLToPath(import.meta.url), '../..');
const work = mkdtempSync(join(tmpdir(), 'labelwright-first-'));
const clone = join(work, 'labelwright');
const browser = new Browser();
let server;
let page;

let since = performance.now();
console.log('| step | actions | time |\n| --- | --- | --- |');
const step = (what, actions) => {
    const ms = performance.now() - since;
    console.log(`| ${what} | ${actions} | ${ms < 10_000 ? `${(ms / 1000).toFixed(2)} s` : `${(ms / 1000).toFixed(0)} s`} |`);
    since = performance.now();
};
const link = (name) => page.getByRole('link', { name }).first().click();

try {
    execFileSync('git', ['clone', '--quiet', top, clone]);
    step('git clone', '1 command');
    server = spawn('./run', [resolve(photos), '--listen', `127.0.0.1:${port}`], { cwd: clone, env: { ...process.env, LW_STORE: join(work, 'store') }, stdio: ['ignore', 'pipe', 'pipe'] });
    const address = await new Promise((found, failed) => {
        let said = '';
        server.stderr.on('data', (data) => (said += data));
        server.stdout.on('data', (data) => {
            said += data;
            const seen = /http:\/\/\S+#secret=\S+/.exec(said);
            if (seen) found(seen[0]);
        });
        server.on('exit', (code) => failed(new Error(`./run ended (${code}): ${said}`)));
    });
    step('`./run PHOTOS` until the link is printed', '1 command');

    page = await browser.open();
    since = performance.now();
    await page.goto(address);
    await page.locator('.project-card').first().waitFor();
    step('the link, until the project is seen', '1 click');
    await page.locator('.project-card a').first().click();
    await page.getByRole('link', { name: 'Start labelling' }).click();
    const hand = new Labelling(page);
    await hand.ready();
    step('“Start labelling”, until the first image can be worked on', '2 clicks');

    await page.waitForFunction(() => document.activeElement?.id === 'add-class');
    await page.keyboard.type('cat');
    await hand.press('Enter', '/');
    await page.keyboard.type('dog');
    await hand.press('Enter');
    await page.getByRole('button', { name: 'dog' }).waitFor();
    step('two classes typed', '9 keys');

    await hand.press('1', 'r');
    await hand.drag([0.1, 0.1], [0.3, 0.3]);
    await hand.drag([0.4, 0.1], [0.6, 0.3]);
    await hand.press('2');
    await hand.drag([0.7, 0.1], [0.9, 0.3]);
    step('three boxes', '3 keys, 3 drags');
    await hand.press('p');
    for (const x of [0.1, 0.5]) {
        for (const [dx, y] of [[0, 0.5], [0.2, 0.5], [0.25, 0.7], [0.1, 0.8]]) await hand.click([x + dx, y]);
        await hand.press('Enter');
    }
    const drawn = await hand.shown();
    assert.equal(drawn.length, 5);
    step('two polygons of four corners', '3 keys, 8 clicks');

    // In the middle of a sixth, and at once.
    await hand.press('r');
    await hand.drag([0.75, 0.75], [0.95, 0.95]);
    const address2 = page.url();
    const other = await browser.context.newPage();
    await page.close();
    page = other;
    page.setDefaultTimeout(60_000);
    await page.goto(address2);
    const again = new Labelling(page);
    await again.ready();
    assert.equal((await again.shown()).length, 6);
    assert.equal(await page.evaluate(() => window.__editor.tool.value.id), 'box');
    step('the tab closed right after a stroke, opened again: all six are there, and the tool', '1 drag, 2 clicks');
    await again.press('Control+Enter');
    await page.waitForFunction((before) => location.href !== before, address2);
    await again.ready();
    step('submitted, the next image there', '1 key');
    await again.saved();
    step('and all of it on the server', '0');

    await page.getByLabel('Back to').click();
    await page.getByRole('link', { name: 'Export' }).first().click();
    await page.getByLabel('Format').selectOption('yolo');
    const save = page.getByRole('link', { name: 'Download' }).or(page.getByLabel('Go on without these'));
    await save.first().waitFor();
    let clicks = 3;
    if (await page.getByLabel('Go on without these').isVisible()) {
        await page.getByLabel('Go on without these').check();
        clicks++;
    }
    const file = page.waitForEvent('download');
    await link('Download');
    const path = await (await file).path();
    step('“Export”, YOLO chosen, the loss read, downloaded', `${clicks + 1} clicks`);
    const names = execFileSync('unzip', ['-Z1', path], { encoding: 'utf8' }).split('\n');
    const label = names.find((name) => /labels\/.*\.txt$/.test(name));
    const lines = execFileSync('unzip', ['-p', path, label], { encoding: 'utf8' }).trim().split('\n');
    assert.equal(lines.length, 6, `${label}: ${lines.join('; ')}`);
    console.log(`\n${basename(resolve(photos))}: ${names.filter((name) => /images\/./.test(name)).length} image in the archive, ${lines.length} labels; ${readFileSync(path).length} bytes`);
    assert.deepEqual(browser.problems, []);
} finally {
    await browser.close().catch(() => {});
    server?.kill('SIGTERM');
    await new Promise((done) => (server?.exitCode === null ? server.once('exit', done) : done()));
    rmSync(work, { recursive: true, force: true });
}
