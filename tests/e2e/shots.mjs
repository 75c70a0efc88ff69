// A picture of every page and state, to be looked at: node tests/e2e/shots.mjs FOLDER [PATTERN], after `./run --build`.
// Each scene is shown dark and light, at 1280 x 800 and 1920 x 1080 (some at sizes of their own), and what axe finds is said. `sheet-*.png`
// have many on one. PATTERN, a regular expression, takes the scenes whose name matches. The real sets of $LW_SHARED are shown where they are.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { axe, Browser, drop, hugePicture, Labelling, missing, picture, Server, shared } from './harness.mjs';

if (missing) throw new Error(missing);
const [folder, pattern = ''] = process.argv.slice(2);
if (!folder) throw new Error('usage: node tests/e2e/shots.mjs FOLDER [PATTERN]');
mkdirSync(folder, { recursive: true });
const usual = [[1280, 800], [1920, 1080]];
const names = ['قطة', '猫', '🦊 fox', 'a name that goes on and on and on and on and on and on', 'собака', 'O’Neill <b>"x"</b>'];

const server = new Server();
server.port = Number(process.env.LW_PORT || 0);
const browser = new Browser();
const page = await browser.open();
const hand = new Labelling(page);
await page.addInitScript(() => localStorage.setItem('theme', 'system'));
const shot = [];

const file = (name, bytes) => {
    const path = join(server.store, '..', `${server.store}-files`, name);
    mkdirSync(join(path, '..'), { recursive: true });
    writeFileSync(path, typeof bytes === 'string' || Buffer.isBuffer(bytes) ? bytes : JSON.stringify(bytes));
    return path;
};
const call = (method, path, body) =>
    page.evaluate(
        async ([method, path, body]) => {
            const answer = await fetch(`/v1/${path}`, { method, headers: body ? { 'content-type': 'application/json' } : {}, body: body && JSON.stringify(body) });
            return answer.status === 204 ? null : answer.json();
        },
        [method, path, body],
    );
const settings = (more) => call('PUT', 'me/settings', { theme: 'system', ...more });
const apply = async (project, lines) => server.lw('apply', project, file('operations.ndjson', lines.map((line) => JSON.stringify(line)).join('\n')));

/** The store that all scenes but the empty one are of. */
async function fill() {
    await server.lw('demo', '--items', '240');
    for (const set of ['bccd', 'raccoon']) if (existsSync(join(shared, 'data', set))) await server.lw('import', set, join(shared, 'data', set));
    await server.lw('project', 'create', 'empty');

    const attributes = [
        { name: 'colour', type: 'one', options: ['black', 'white', 'red', 'grey', 'other'] },
        { name: 'asleep', type: 'yesno' },
        { name: 'where', type: 'text', when: { asleep: true } },
        { name: 'seen', type: 'many', options: ['head', 'tail'] },
        { name: 'age', type: 'integer', required: true },
    ];
    for (let i = 1; i <= 6; i++) file(`photos/photo ${i}.bmp`, picture(640, 480, i));
    file('photos/night.bmp', picture(640, 480, 2).map((byte, i) => (i < 54 ? byte : byte / 9)));
    await server.lw('import', 'photos', join(file('photos/x', ''), '..'));
    file('photos/photo 5.bmp', 'no picture any more');
    await server.lw('ontology', 'set', 'photos', file('ontology.json', { classes: [{ name: 'cat', kinds: ['box', 'polygon'], attributes }, { name: 'dog' }, { name: 'blurred', kinds: ['tag'] }], item: [{ name: 'light', type: 'one', options: ['day', 'night'] }] }));
    await apply('photos', [0.4, 0.6, 0.9, 0.95].map((confidence, i) => ({ op: 'add', item: 'photo 2.bmp', class: i % 2 ? 'dog' : 'cat', layer: 'yolo11-large', confidence, box: [20 + 150 * i, 40 + 60 * i, 120, 160] })));

    for (const name of ['صورة 1.bmp', '照片.bmp', '📷 🌃.bmp', `${'a very long name '.repeat(8)}.bmp`, 'deep/down/under/many/folders/1.bmp']) file(`scripts/${name}`, picture(320, 240, name.length));
    await server.lw('import', 'طرق 道路 🛣️', join(file('scripts/x', ''), '..'));
    await server.lw('ontology', 'set', 'طرق 道路 🛣️', file('many.json', { classes: Array.from({ length: 300 }, (_, i) => ({ name: names[i] ?? `class ${i}` })) }));
    await apply('طرق 道路 🛣️', names.map((name, i) => ({ op: 'add', item: '照片.bmp', class: name, box: [10 + 45 * i, 20 + 30 * i, 60, 50] })));

    file('huge/huge.png', hugePicture(20_000, 20_000));
    await server.lw('import', 'huge', join(file('huge/x', ''), '..'));
    await server.lw('project', 'create', 'last year');
    await server.lw('project', 'archive', 'last year');
    await server.lw('project', 'create', 'a slip');
    await server.lw('project', 'remove', 'a slip');
}

/** A data set with most of what can be wrong with one. */
function faulty() {
    const images = Array.from({ length: 30 }, (_, i) => ({ id: i + 1, file_name: `photo ${(i % 6) + 1 + (i > 5 ? i * 100 : 0)}.bmp`, width: 640, height: 480 }));
    const annotations = images.map(({ id }) => ({ id, image_id: id, category_id: (id % 3) + 1, bbox: [id, id, id % 4 ? 40 : 0, 30], area: 1200, iscrowd: id % 5 ? 0 : 1 }));
    annotations.push({ id: 99, image_id: 999, category_id: 1, bbox: [1, 2, 3, 4], area: 1, iscrowd: 0 }, { id: 100, image_id: 1, category_id: 77, bbox: [1, 2, 3, 4], area: 1, iscrowd: 0 });
    return { images, categories: [{ id: 1, name: 'cat' }, { id: 2, name: 'dog' }, { id: 3, name: 'zebra' }], annotations };
}

const at = (path) => page.goto(server.url + path);
const seen = (text) => page.getByText(text).locator('visible=true').first().waitFor();
const button = (name) => page.getByRole('button', { name }).first();
const project = (name, rest = '') => `/projects/${encodeURIComponent(name)}${rest}`;
const scripts = 'طرق 道路 🛣️';
const show = (path, text) => async () => {
    await at(path);
    await seen(text);
    await page.waitForTimeout(400);
};
const opens = (path, name, after) => async () => {
    await at(path);
    await button(name).click();
    await after?.();
};
const itemOf = async (name, item) => (await call('GET', `projects/${encodeURIComponent(name)}/items?text=${encodeURIComponent(item)}&limit=1`)).rows[0].id;
const label = (name, item, more) => async () => {
    await at(project(name));
    await at(project(name, `/items/${await itemOf(name, item)}`));
    await hand.ready();
    await page.waitForTimeout(500);
    await more?.();
};
const pressing = (...keys) => label('photos', 'photo 1', async () => hand.press('v', ...keys));
const withJob = (change, path) => async () => {
    await page.route(/\/v1\/jobs(\/\d+)?(\?.*)?$/, async (route) => {
        const answer = await route.fetch();
        const json = await answer.json();
        for (const job of json.rows ?? [json]) if (!json.rows || job === json.rows[0]) Object.assign(job, change);
        await route.fulfill({ json });
    });
    await at(path());
};
const jobs = {};
const annotator = { name: 'annotator', link: '' };
const signIn = async () => {
    await page.goto(await server.link());
    await page.locator('.project-card').first().waitFor();
};

/** Name, what brings it about, and how it differs: sizes, `again` for what a change of size closes, `after` to put things back. */
const scenes = [
    ['sign-in', async () => { await browser.context.clearCookies(); await at('/'); await button('Sign in').waitFor(); }],
    ['sign-in-wrong', async () => { await page.getByLabel('Sign-in link').fill(`${server.url}/#secret=wrong`); await button('Sign in').click(); await page.waitForTimeout(500); }, { after: signIn }],
    ['projects', show('/', 'demo')],
    ['projects-bin', async () => { await show('/', 'demo')(); await page.getByText('in the archive').click(); await page.getByText('in the bin').click(); await page.mouse.wheel(0, 2000); }],
    ['projects-new', opens('/', 'New project')],
    ['projects-menu', async () => { await at('/'); await seen('demo'); await page.locator('.top .button').last().click(); }, { again: true }],
    ['projects-down', async () => { await page.route('**/v1/projects*', (route) => route.abort()); await at('/'); await seen('Try again'); }, { after: () => page.unrouteAll() }],
    ['project-demo', show(project('demo'), 'Labels by class')],
    ['project-bccd', show(project('bccd'), 'Labels by class'), { real: true }],
    ['project-scripts', show(project(scripts), 'Labels by class')],
    ['project-empty', show(project('empty'), 'This project has no items yet')],
    ['project-menu', async () => { await at(project('demo')); await button('More').click(); }, { again: true }],
    ['project-rename', async () => { await at(project('demo')); await button('More').click(); await button('Rename').click(); }],
    ['project-remove', async () => { await at(project('demo')); await button('More').click(); await button('Remove project').click(); }],
    ['project-archived', show(project('last year'), 'Archived')],
    ['project-nowhere', show('/projects/nowhere', 'no project named')],
    ['items-demo', show(project('demo', '/items'), '241 items')],
    ['items-bccd', show(project('bccd', '/items'), '364 items'), { real: true }],
    ['items-raccoon', show(project('raccoon', '/items'), '200 items'), { real: true }],
    ['items-scripts', show(project(scripts, '/items'), '5 items')],
    ['items-broken', show(project('photos', '/items'), '31 items')],
    ['items-filtered', show(project('demo', '/items?class=tomato'), 'items')],
    ['items-nowhere', show(project('photos', '/items?layer=nowhere&class=unicorn'), 'No item matches')],
    ['items-states', async () => { await show(project('demo', '/items'), '241 items')(); await page.locator('.cell').nth(1).click({ modifiers: ['Control'] }); await button('Set state').click(); }],
    ['items-splits', async () => { await show(project('demo', '/items'), '241 items')(); await page.locator('.cell').nth(1).click({ modifiers: ['Control'] }); await button('Set split').click(); }],
    ['items-keys', async () => { await show(project('demo', '/items'), '241 items')(); await page.keyboard.press('?'); }],
    ['items-down', async () => { await page.route('**/items?*', (route) => route.abort()); await at(project('demo', '/items')); await seen('Try again'); }, { after: () => page.unrouteAll() }],
    ['items-none', show(project('photos', '/items?text=nothing'), 'No item matches')],
    ['items-empty', show(project('empty', '/items'), 'no items')],
    ['items-selected', async () => { await show(project('demo', '/items'), '241 items')(); for (const i of [1, 2, 5]) await page.locator('.cell').nth(i).click({ modifiers: ['Control'] }); await seen('3 selected'); }],
    ['items-small', async () => { await settings({ thumbnailSize: 96 }); await show(project('demo', '/items'), '241 items')(); }],
    ['items-large', async () => { await settings({ thumbnailSize: 320 }); await show(project('demo', '/items'), '241 items')(); await settings(); }],
    ['ontology-demo', show(project('demo', '/ontology'), 'Drawn as')],
    ['ontology-attributes', async () => { await show(project('photos', '/ontology'), 'Drawn as')(); await page.mouse.move(700, 500); await page.mouse.wheel(0, 900); await page.waitForTimeout(300); }],
    ['ontology-300', show(project(scripts, '/ontology'), 'Drawn as')],
    ['ontology-empty', show(project('empty', '/ontology'), 'No classes yet')],
    ['ontology-new', async () => { await show(project('empty', '/ontology'), 'No classes yet')(); await page.keyboard.type('crack'); await page.keyboard.press('Enter'); await button('Add an attribute').click(); }, { after: () => button('Undo changes').click() }],
    ['ontology-item', async () => { await show(project('photos', '/ontology'), 'Drawn as')(); await page.getByRole('button', { name: 'The item as a whole' }).click(); }],
    ['ontology-problem', async () => { await show(project('photos', '/ontology'), 'Drawn as')(); await page.getByLabel('Name').first().fill('dog'); await page.getByLabel('Key').first().fill('a'); }, { after: () => button('Undo changes').click() }],
    ['import', show(project('photos', '/import'), 'Drop images')],
    ['import-picked', async () => { await show(project('photos', '/import'), 'Drop images')(); await drop(page, 'h1', [join(file('photos/x', ''), '..'), file('instances.json', faulty())]); await seen('files,'); }],
    ['import-done', async () => { await at(project('demo', `/import/${jobs.done}`)); await seen('Imported'); }],
    ['import-undo', async () => { await at(project('photos', `/import/${jobs.part}`)); await button('Undo').click(); }],
    ['import-tried', async () => { await at(project('photos', `/import/${jobs.dry}`)); await seen('Tried out'); }],
    ['import-part', async () => { await at(project('photos', `/import/${jobs.part}`)); await seen('Imported'); }],
    ['import-nowhere', show(project('photos', '/import/9999'), 'nothing at this address')],
    ['import-other', async () => { await at(project('photos', `/import/${jobs.done}`)); await seen('no import'); }],
    ['import-options', async () => { await show(project('photos', '/import'), 'Drop images')(); await page.getByText('Options').click(); }],
    ['import-sending', async () => { await show(project('photos', '/import'), 'Drop images')(); await page.route('**/v1/uploads/**', (route) => new Promise(() => {})); await drop(page, 'h1', [join(file('photos/x', ''), '..')]); await button('Import').click(); await seen('Uploading'); }, { after: async () => { await button('Cancel').click(); await page.unrouteAll(); } }],
    ['import-refused', async () => { await at(project('photos', `/import/${jobs.refused}`)); await seen('lacks'); }],
    ['import-failed', withJob({ state: 'failed', report: undefined, error: { code: 'storage', message: 'the disk is full: 12 kB are left under /srv/labelwright; make room, then import again' } }, () => project('photos', `/import/${jobs.part}`)), { after: () => page.unrouteAll() }],
    ['import-waiting', withJob({ state: 'waiting', report: undefined, done: 0, total: 0 }, () => project('photos', `/import/${jobs.part}`)), { after: () => page.unrouteAll() }],
    ['import-cancelled', withJob({ state: 'cancelled' }, () => project('photos', `/import/${jobs.part}`)), { after: () => page.unrouteAll() }],
    ['import-running', withJob({ state: 'running', report: undefined, done: 1270, total: 3400, unit: 'items' }, () => project('photos', `/import/${jobs.part}`)), { after: () => page.unrouteAll() }],
    ['export', async () => { await show(project('demo', '/export'), 'What would be lost')(); await seen('Nothing. This format'); }],
    ['export-loss', async () => { await show(project('demo', '/export'), 'What would be lost')(); await page.getByLabel('Format').selectOption('yolo'); await page.waitForTimeout(800); }],
    ['export-none', show(project('empty', '/export'), 'no items')],
    ['export-nothing', async () => { await show(project('huge', '/export'), 'What would be lost')(); await page.getByLabel('Format').selectOption('yolo'); await page.waitForTimeout(800); }],
    ['export-nowhere', show('/projects/nowhere/export', 'no project named')],
    ['history', show(project('photos', '/history'), 'History')],
    ['history-undo', opens(project('photos', '/history'), 'Undo')],
    ['history-empty', show(project('empty', '/history'), 'Nothing has happened yet')],
    ['jobs', withJob({ state: 'running', report: undefined, done: 1270, total: 3400 }, () => '/jobs'), { after: () => page.unrouteAll() }],
    ['people', show('/people', 'Add a person')],
    ['people-add', opens('/people', 'Add a person')],
    ['people-link', async () => { await at('/people'); await button('Sign-in link').click(); await page.getByRole('dialog').waitFor(); }],
    ['people-token', opens('/people', 'New token')],
    ['people-revoke', opens('/people', 'Revoke')],
    ['people-remove', async () => { await at('/people'); await page.getByRole('button', { name: /^Remove/ }).locator('visible=true').nth(1).click(); await page.getByRole('dialog').waitFor(); }],
    ['settings', show('/settings', 'Keys of the labelling page')],
    ['settings-key', async () => { await show('/settings', 'Keys of the labelling page')(); const at = page.locator('.key-rows .key-button').nth(2); await at.scrollIntoViewIfNeeded(); await at.click(); await page.keyboard.press('x'); await page.locator('.key-rows .key-button').nth(4).click(); }, { after: () => settings() }],
    ['settings-token', opens('/settings', 'New token')],
    ['settings-token-shown', async () => { await at('/settings'); await button('New token').click(); await page.getByRole('dialog').getByLabel('Name').fill('train on the cluster'); await page.keyboard.press('Enter'); await page.locator('#secret').waitFor(); }],
    ['settings-tokens', show('/settings', 'train on the cluster')],
    ['not-found', show('/nowhere', 'There is nothing')],

    ['label-first', async () => { await at(project('huge')); await at(project('huge', '/next')); await hand.ready(); await page.waitForTimeout(800); await page.keyboard.type('crack'); }],
    ['label-huge-zoomed', async () => { await hand.press('Escape'); await hand.move([0.5, 0.5]); await page.evaluate(() => window.__editor.zoomBy(40)); await page.waitForTimeout(2500); }],
    ['label-empty', label('photos', 'photo 1')],
    ['label-box-draft', async () => { await hand.press('r', '1'); await hand.click([0.1, 0.1]); await hand.move([0.4, 0.4]); }],
    ['label-polygon-draft', async () => { await hand.click([0.4, 0.4]); await hand.press('Escape', 'p', '2'); for (const place of [[0.5, 0.5], [0.8, 0.5], [0.85, 0.7]]) await hand.click(place); await hand.move([0.7, 0.8]); }],
    ['label-attributes', async () => { await hand.click([0.7, 0.8]); await hand.press('Enter', 'v'); await hand.click([0.2, 0.2]); await button('Yes').click(); await hand.saved(); }],
    ['label-several', async () => { await hand.press('Control+a'); }],
    ['label-crosshair', async () => { await hand.press('Escape', 'Shift+c', 'r'); await hand.move([0.5, 0.4]); }, { after: () => hand.press('Shift+c', 'v') }],
    ['label-hidden', pressing('Alt+h'), { after: () => hand.press('Alt+h') }],
    ['label-bare', pressing('\\'), { after: () => hand.press('\\') }],
    ['label-keys', pressing('?')],
    ['label-palette', pressing('Control+k')],
    ['label-palette-none', async () => { await pressing('Control+k')(); await page.keyboard.type('qqq'); }],
    ['label-classes', pressing('/')],
    ['label-goto', async () => { await pressing('Control+g')(); await page.keyboard.type('nothing'); await page.keyboard.press('Enter'); await page.waitForTimeout(300); }],
    ['label-skip', pressing('Control+Backspace')],
    ['label-toast', pressing('Control+s')],
    ['label-dim', label('photos', 'night', async () => { await page.evaluate(() => window.__editor.setAdjust({ brightness: 0.3, contrast: 0.2, gamma: 2.2 })); await page.waitForTimeout(600); }), { after: () => page.evaluate(() => window.__editor.setAdjust({ brightness: 0, contrast: 0, gamma: 1 })) }],
    ['label-dark', label('photos', 'night')],
    ['label-predictions', label('photos', 'photo 2', () => hand.press('v', 's'))],
    ['label-broken', async () => { await at(project('photos', `/items/${await itemOf('photos', 'photo 5')}`)); await seen('cannot be shown'); }],
    ['label-unanswered', label('photos', 'photo 1', async () => { if (await button('Reopen').isVisible()) await button('Reopen').click(); await button('Submit').click(); await seen('needed to submit'); })],
    ['label-full', async () => { await label('photos', 'photo 1')(); await page.evaluate(() => (window.__sync.storageFull.value = true)); }],
    ['label-filtered', async () => { await at(project('demo', `/items/${await itemOf('demo', '000008')}?class=tomato&state=done`)); await hand.ready(); }],
    ['label-offline', async () => { await label('photos', 'photo 1')(); await browser.context.setOffline(true); await hand.press('v', 's', 'ArrowRight'); await seen('Offline, 1 waiting'); }],
    ['label-conflict', async () => {
        const [id, was] = await page.evaluate(() => { const { doc, focus } = window.__editor; const slot = doc.slot(focus.value); return [doc.id[slot], doc.seq[slot]]; });
        await apply('photos', [{ op: 'change', id, was, class: 'cat' }]);
        await browser.context.setOffline(false);
        await button('1 edit was not taken').waitFor();
    }],
    ['label-conflict-open', async () => { await button('1 edit was not taken').click(); }, { after: () => button('Take theirs').click() }],
    ['label-signed-out', async () => { await label('photos', 'photo 1')(); await browser.context.clearCookies(); await hand.press('v', 's', 'ArrowRight', 'ArrowLeft'); await page.waitForTimeout(1500); }, { after: signIn }],
    ['label-skipped', label('photos', 'photo 3', async () => { await hand.press('Control+Backspace'); await button('Too dark').click(); await page.waitForTimeout(500); await label('photos', 'photo 3')(); })],
    ['label-scripts', label(scripts, '照片', () => hand.press('v', 's'))],
    ['label-long-name', label(scripts, 'a very long')],
    ['label-demo', label('demo', '000008', () => hand.press('v', 's'))],
    ['label-bccd', label('bccd', '00001', () => hand.press('v', 's')), { real: true }],
    ['label-raccoon', label('raccoon', '17', () => hand.press('v')), { real: true }],
    ['label-wide', label('demo', '000008', () => hand.press('v', 's')), { sizes: [[3440, 1440]] }],
    ['items-wide', show(project('demo', '/items'), '241 items'), { sizes: [[3440, 1440]] }],
    ['project-wide', show(project('demo'), 'Labels by class'), { sizes: [[3440, 1440]] }],
    ...[['label', label('demo', '000008', () => hand.press('v', 's'))], ['items', show(project('demo', '/items'), '241 items')], ['project', show(project('demo'), 'Labels by class')], ['ontology', show(project('photos', '/ontology'), 'Drawn as')], ['jobs', show('/jobs', 'Jobs')], ['history', show(project('demo', '/history'), 'History')]].map(([name, make]) => [`${name}-tablet`, make, { sizes: [[1024, 768], [768, 1024]] }]),
    ['label-down', async () => { await page.route('**/labels*', (route) => route.abort()); await at(project('demo', `/items/${await itemOf('demo', '000001')}`)); await seen('Try again'); }, { after: () => page.unrouteAll() }],
    ['label-nowhere', show('/projects/nowhere/next', 'no project named')],
    ['label-gone', async () => { await at(project('demo', '/items/99999')); await page.waitForTimeout(800); }],
    ['label-finished', async () => { await at(project('raccoon')); await at(project('raccoon', '/next')); await page.waitForTimeout(1000); }, { real: true }],

    ['as-annotator-projects', async () => { await browser.context.clearCookies(); await page.goto(annotator.link); await seen('demo'); await settings(); await at('/'); await seen('demo'); }],
    ['as-annotator-project', show(project('demo'), 'Labels by class')],
    ['as-annotator-empty', show(project('empty'), 'no items')],
    ['as-annotator-import', async () => { await at(project('demo', '/import')); await page.waitForTimeout(500); }],
    ['as-annotator-ontology', show(project('photos', '/ontology'), 'Drawn as')],
    ['as-annotator-people', async () => { await at('/people'); await page.waitForTimeout(500); }],
    ['as-annotator-items', show(project('demo', '/items'), '241 items')],
];

async function take(name, make, { sizes = usual, again, after, real } = {}) {
    if (real && !existsSync(join(shared, 'data'))) return;
    try {
        for (const [i, [width, height]] of sizes.entries()) {
            await page.setViewportSize({ width, height });
            if (!i || again) await make();
            for (const theme of ['dark', 'light']) {
                await page.emulateMedia({ colorScheme: theme });
                await page.waitForTimeout(350);
                const path = join(folder, `${name}-${width}-${theme}.png`);
                await page.screenshot({ path });
                shot.push({ name, width, height, theme, path });
                if (!i) for (const found of await axe(page, `${name}, ${theme}`)) console.log(`axe: ${found}`);
            }
            const over = await page.evaluate(() => [...document.querySelectorAll('body, .page, .content, .side, .top, dialog[open], .filters')].filter((el) => el.scrollWidth > el.clientWidth + 1).map((el) => `${el.className || el.tagName} ${el.scrollWidth - el.clientWidth} px`));
            if (over.length) console.log(`wider than its place: ${name} at ${width}: ${over.join(', ')}`);
        }
        await after?.();
    } catch (error) {
        console.log(`missed: ${name}: ${String(error).split('\n')[0]}`);
        await page.screenshot({ path: join(folder, `missed-${name}.png`) }).catch(() => {});
        await browser.context.setOffline(false);
        await page.unrouteAll();
        await after?.().catch(() => {});
    }
}

/** Many on one, so that rhythm and differences are seen. */
async function sheets() {
    const perSheet = 9;
    const sheet = await browser.context.newPage();
    await sheet.setViewportSize({ width: 1920, height: 1300 });
    await sheet.goto('about:blank');
    for (const theme of ['dark', 'light'])
        for (const width of [...new Set(shot.map((one) => one.width))]) {
            const some = shot.filter((one) => one.theme === theme && one.width === width);
            for (let i = 0; i < some.length; i += perSheet) {
                await sheet.setContent('<body style="margin: 6px; background: #777; display: grid; grid-template-columns: repeat(3, 1fr); gap: 6px; font: 13px sans-serif; color: #fff">');
                for (const one of some.slice(i, i + perSheet)) {
                    const bytes = (await import('node:fs')).readFileSync(one.path).toString('base64');
                    await sheet.evaluate(([name, bytes]) => {
                        const figure = document.createElement('div');
                        figure.innerHTML = `<img style="width: 100%; display: block" src="data:image/png;base64,${bytes}">`;
                        figure.append(name);
                        document.body.append(figure);
                    }, [one.name, bytes]);
                }
                await sheet.waitForTimeout(300);
                await sheet.screenshot({ path: join(folder, `sheet-${width}-${theme}-${i / perSheet + 1}.png`), fullPage: true });
            }
        }
}

async function run() {
    const wanted = (name) => new RegExp(pattern).test(name);
    await fill();
    await page.goto(await server.start('--root', resolve(server.store, '..')));
    await page.locator('.project-card').first().waitFor();
    await settings();
    const said = await server.lw('user', 'add', 'Bo Nguyễn');
    annotator.link = `${server.url}/#secret=${/secret=(\S+)/.exec(said)[1]}`;
    await server.lw('user', 'add', 'a colleague with quite a long name');
    const importOf = async (name, params) => {
        const job = await call('POST', `projects/${encodeURIComponent(name)}/imports`, params);
        for (;;) {
            const now = await call('GET', `jobs/${job.id}`);
            if (['done', 'failed', 'cancelled'].includes(now.state)) return job.id;
            await page.waitForTimeout(100);
        }
    };
    const source = file('faulty/instances.json', faulty());
    jobs.refused = await importOf('photos', { source });
    jobs.dry = await importOf('photos', { source, add_classes: true, dry_run: true });
    jobs.part = await importOf('photos', { source, add_classes: true });
    jobs.done = await importOf('demo', { source: join(file('more/1.bmp', picture(64, 48)), '..'), dataset: 'more' });
    await call('POST', 'tokens', { name: 'train' }).catch(() => {});
    for (const [name, make, more] of scenes) {
        if (!wanted(name)) continue;
        await take(name, make, more);
    }
}

try {
    await run();
    // A store with nothing in it, as after the first start.
    const nothing = new Server();
    nothing.port = server.port && server.port + 1;
    const link = await nothing.start('--no-demo');
    for (const [name, path] of [['first-projects', ''], ['first-jobs', 'jobs']]) if (new RegExp(pattern).test(name)) await take(name, async () => { await page.goto(link); await page.waitForTimeout(400); await settings(); if (path) await page.goto(`${nothing.url}/${path}`); await page.waitForTimeout(400); });
    await nothing.close();
    await sheets();
    for (const problem of browser.problems) console.log(`problem: ${problem}`);
} finally {
    await browser.close();
    await server.close();
}
console.log(`${shot.length} pictures in ${folder}`);
