// The labelling page in a real Chromium: what is loaded, how soon it can be used, and how long frames take. `node bench/editor.mjs [seconds]`
// after `./run --build`; the store is made and removed. Frames are drawn as fast as they can be, so a figure is the whole cost of one.
import { writeFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Browser, Labelling, missing, photo, Server } from '../tests/e2e/harness.mjs';

if (missing) throw new Error(missing);
const seconds = Number(process.argv[2] || 3);
const large = [4000, 3000];
const usual = [1920, 1080];

// The same numbers in every run.
let state = 1;
const random = (from, to) => from + ((state = (state * 48271) % 2147483647) / 2147483647) * (to - from);
const fixed = (v) => Math.round(v * 100) / 100;

function polygon([width, height]) {
    const points = 20;
    const [cx, cy, r] = [random(60, width - 60), random(60, height - 60), random(8, 60)];
    const xy = [];
    for (let i = 0; i < points; i++) {
        const a = (2 * Math.PI * i) / points;
        const q = r * random(0.7, 1);
        xy.push(fixed(cx + q * Math.cos(a)), fixed(cy + q * Math.sin(a)));
    }
    return { polygon: [[xy]] };
}
const box = ([width, height]) => ({ box: [random(0, width - 100), random(0, height - 100), random(8, 100), random(8, 100)].map(fixed) });
const items = { '1 blank': [large, 0], '2 boxes': [usual, 3000, box], '3 thousand': [large, 1000, polygon], '4 ten thousand': [large, 10_000, polygon] };

function write(folder, photos) {
    mkdirSync(folder);
    const lines = [{ labelwright: 1, project: 'bench', seq: 1, ontology: { classes: Array.from({ length: 12 }, (_, i) => ({ name: `class ${i}` })), item: [] } }];
    for (const [name, [size, n, make]] of Object.entries(items)) {
        writeFileSync(join(folder, `${name}.jpg`), photos.get(size));
        const [width, height] = size;
        const labels = Array.from({ length: n }, (_, i) => ({ class: `class ${i % 12}`, layer: 'truth', ...make(size) }));
        lines.push({ item: `${name}.jpg`, width, height, state: 'waiting', labels });
    }
    writeFileSync(join(folder, 'labels.jsonl'), lines.map((line) => JSON.stringify(line)).join('\n'));
}

const scripts = (page) => page.evaluate(() => performance.getEntriesByType('resource').filter(({ name }) => /\.js$/.test(name)).map(({ name, encodedBodySize }) => [name, encodedBodySize]));
const kB = (bytes) => `${(bytes / 1000).toFixed(1)} kB`;
const ms = (v) => `${v.toFixed(v < 100 ? 1 : 0)} ms`;
const middle = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];
const rows = [];
const row = (what, figure, aim) => {
    rows.push(`| ${what} | ${figure} | ${aim} |`);
    console.error(rows.at(-1));
};

/** From a click or key until the item is drawn with its labels, in the page's own clock. */
async function opened(page, name, act) {
    await page.evaluate((name) => {
        let begun = 0;
        const begin = () => (begun ||= performance.now());
        addEventListener('keydown', begin, { capture: true, once: true });
        addEventListener('click', begin, { capture: true, once: true });
        window.opened = new Promise((resolve) => {
            const look = () => {
                const { __editor: editor } = window;
                const there = begun && editor?.stage && editor.loaded.value?.item.name === name && editor.media && !editor.statics.onTop().length && editor.statics.isFresh;
                if (there) requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - begun)));
                else setTimeout(look, 1);
            };
            look();
        });
    }, `${name}.jpg`);
    await act();
    return page.evaluate(() => window.opened);
}

/** The least that opening an item can cost in this browser at this moment: fetched, parsed, decoded and drawn once, with no editor around it. */
function bare(page, id) {
    return page.evaluate(async (id) => {
        const begun = performance.now();
        const [{ labels }, picture] = await Promise.all([
            fetch(`/v1/projects/bench/items/${id}/labels`).then((response) => response.json()),
            fetch(`/v1/items/${id}/media`).then((response) => response.blob()).then((blob) => createImageBitmap(blob)),
        ]);
        const canvas = document.createElement('canvas');
        [canvas.width, canvas.height] = [716, 756];
        canvas.style = 'position: fixed; top: 0; z-index: 9';
        const ctx = canvas.getContext('2d');
        const scale = canvas.width / picture.width;
        ctx.drawImage(picture, 0, 0, canvas.width, picture.height * scale);
        ctx.scale(scale, scale);
        ctx.strokeStyle = '#56b4e9';
        ctx.lineWidth = 1.5 / scale;
        for (const { box, polygon } of labels) {
            ctx.beginPath();
            if (box) ctx.rect(...box);
            else for (let i = 0; i < polygon[0][0].length; i += 2) ctx.lineTo(polygon[0][0][i], polygon[0][0][i + 1]);
            ctx.stroke();
        }
        document.body.append(canvas);
        await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
        canvas.remove();
        return performance.now() - begun;
    }, id);
}

/** Pans with the middle button, zooms, points or drags what is chosen, a step a frame, and says how long frames took. */
function frames(page, what) {
    return page.evaluate(
        async ([seconds, what]) => {
            const { __editor: editor } = window;
            const canvas = editor.stage.overlay;
            const box = canvas.getBoundingClientRect();
            const [cx, cy] = [box.x + box.width / 2, box.y + box.height / 2];
            const send = (type, x, y, button, buttons) => canvas.dispatchEvent(new PointerEvent(type, { bubbles: true, clientX: x, clientY: y, button, buttons, pointerId: 1 }));
            canvas.setPointerCapture = () => {};
            if (what === 'pan') send('pointerdown', cx, cy, 1, 4);
            const { doc, view } = editor;
            const [fromX, fromY] = [box.x + (doc.pool[doc.offset[0]] - view.x) * view.scale, box.y + (doc.pool[doc.offset[0] + 1] - view.y) * view.scale];
            if (what === 'drag') send('pointerdown', fromX, fromY, 0, 1);
            const taken = [];
            let last = 0;
            let i = 0;
            await new Promise((resolve) => {
                const end = performance.now() + seconds * 1000;
                const step = (now) => {
                    if (last) taken.push(now - last);
                    last = now;
                    i++;
                    // A slow circle, larger than what is drawn in advance.
                    const [x, y] = [cx + 500 * Math.sin(i / 60), cy + 300 * Math.cos(i / 45)];
                    if (what === 'zoom') canvas.dispatchEvent(new WheelEvent('wheel', { deltaY: 40 * Math.sign(Math.sin(i / 30)), clientX: cx, clientY: cy, cancelable: true }));
                    else if (what === 'drag') send('pointermove', fromX + 40 * Math.sin(i / 20), fromY + 30 * Math.cos(i / 15), -1, 1);
                    else send('pointermove', x, y, -1, what === 'pan' ? 4 : 0);
                    if (performance.now() < end) requestAnimationFrame(step);
                    else resolve();
                };
                requestAnimationFrame(step);
            });
            if (what === 'pan') send('pointerup', cx, cy, 1, 0);
            const dropped = performance.now();
            if (what === 'drag') {
                send('pointerup', fromX, fromY, 0, 0);
                while (!editor.statics.isFresh) await new Promise((resolve) => setTimeout(resolve, 4));
            }
            const drop = performance.now() - dropped;
            taken.sort((a, b) => a - b);
            return { middle: taken[taken.length >> 1], most: taken[Math.floor(taken.length * 0.95)], longest: taken.at(-1), drop };
        },
        [seconds, what],
    );
}

const server = new Server();
const browser = new Browser();
const page = await browser.open({ width: 1280, height: 800 }, ['--disable-frame-rate-limit', '--disable-gpu-vsync']);
const hand = new Labelling(page);
try {
    const folder = join(server.store, 'bench');
    write(folder, new Map([[large, await photo(page, ...large)], [usual, await photo(page, ...usual)]]));
    await server.lw('import', 'bench', folder);
    const link = await server.start();
    await page.goto(link);
    await page.getByRole('link', { name: 'bench' }).waitFor();
    const own = await scripts(page);
    row('JavaScript of the first page, gzipped', kB(own.reduce((sum, [, n]) => sum + n, 0)), '40 kB');

    await page.getByRole('link', { name: 'bench' }).click();
    await page.getByText('Start labelling').waitFor();
    const known = await scripts(page);
    await page.waitForTimeout(300);
    row('labelling page usable after a click on "Start labelling", its code not loaded yet', ms(await opened(page, '1 blank', () => page.getByText('Start labelling').click())), '1 s');
    const names = new Set(known.map(([name]) => name));
    row('JavaScript of the labelling page beyond that, gzipped', kB((await scripts(page)).filter(([name]) => !names.has(name)).reduce((sum, [, n]) => sum + n, 0)), '60 kB');

    const id = (position) => page.evaluate(async (position) => (await (await fetch(`/v1/projects/bench/items?position=${position}&limit=1`)).json()).rows[0].id, position);
    const visit = async (position) => {
        await page.goto(`${server.url}/projects/bench/items/${await id(position)}`);
        await hand.ready();
        await page.waitForTimeout(1500);
    };
    const times = async (what, aim, measure) => {
        const taken = [];
        for (let i = 0; i < 7; i++) taken.push(await measure());
        row(what, `${ms(middle(taken))}, best ${ms(Math.min(...taken))}`, aim);
        if (least.length) row('no editor: fetched, parsed, decoded, each outline drawn once', `${ms(middle(least))}, best ${ms(Math.min(...least))}`, '');
        least = [];
    };
    let least = [];
    const fromGrid = async (name, place) => {
        await page.goto(`${server.url}/projects/bench/items`);
        await page.locator('.cell').nth(place).waitFor();
        await page.waitForTimeout(2000);
        least.push(await bare(page, await id(place + 1)));
        return opened(page, name, () => page.locator('.cell').nth(place).click());
    };
    // To and fro, as the keys D and A go; the first time code is cold.
    await visit(1);
    const there = [];
    const back = [];
    for (let i = 0; i < 8; i++) {
        there.push(await opened(page, '2 boxes', () => hand.press('d')));
        await page.waitForTimeout(1000);
        back.push(await opened(page, '1 blank', () => hand.press('a')));
        await page.waitForTimeout(1000);
    }
    const first = (taken) => `${ms(middle(taken.slice(1)))}, the first time ${ms(taken[0])}`;
    row('next image, prefetched: 12 megapixels, no labels', first(back), '100 ms');
    row('next image, prefetched: 3,000 boxes', first(there), '100 ms');
    await times('opening an image of 3,000 boxes from the grid', '300 ms', () => fromGrid('2 boxes', 1));
    await times('the same of 12 megapixels, with 10,000 polygons', '', () => fromGrid('4 ten thousand', 3));

    for (const [name, position, aim] of [['1 blank', 1, ''], ['3 thousand', 3, '16 ms'], ['4 ten thousand', 4, '20 ms']]) {
        await visit(position);
        await page.evaluate(() => window.__editor.camera.zoomBy(3, 400, 300));
        await page.waitForTimeout(500);
        for (const what of ['pan', 'zoom', 'hover']) {
            const { middle: usual, most } = await frames(page, what);
            row(`frame: ${what}, ${name.slice(2)}${aim ? ' polygons' : ''}`, `${ms(usual)}, 95 % under ${ms(most)}`, what === 'pan' ? aim : '');
        }
        if (position === 1) continue;
        await hand.press('Shift+f', 'Control+a');
        await page.waitForTimeout(1500);
        const { middle: usual, most, longest, drop } = await frames(page, 'drag');
        row(`frame: dragging all of ${name.slice(2)} polygons`, `${ms(usual)}, 95 % under ${ms(most)}, longest ${ms(longest)}; put down and drawn in ${ms(drop)}`, '');
    }
    console.log(['| what | figure | aim |', '| --- | --- | --- |', ...rows].join('\n'));
} finally {
    await browser.close();
    await server.close();
}
