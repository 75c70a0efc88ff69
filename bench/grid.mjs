// The grid in a real Chromium: node bench/grid.mjs LINK PROJECT [PROJECT-WITH-IMAGES]. LINK is a sign-in link of a running server.
// Prints what a frame costs while scrolling through PROJECT, and how long 200 thumbnails take to stand on the screen.
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const require = createRequire(new URL('../web/package.json', import.meta.url));
const { chromium } = require('playwright-core');
const [link, big, small] = process.argv.slice(2);
if (!link || !big) throw new Error(`usage: node ${fileURLToPath(import.meta.url)} LINK PROJECT [PROJECT-WITH-IMAGES]`);
const base = link.replace(/#.*/, '');
const executablePath = process.env.LW_CHROMIUM || ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) => existsSync(path));
const browser = await chromium.launch({ executablePath, headless: true, args: ['--no-sandbox', '--disable-gpu'] });
const context = await browser.newContext({ viewport: { width: 1920, height: 1080 } });
const page = await context.newPage();
await page.goto(link);
await page.waitForSelector('.project-card');

const at = (sorted, share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))].toFixed(1);

const setSize = (size) =>
    page.evaluate((size) => fetch(new URL('v1/me/settings', document.baseURI), { method: 'PUT', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ thumbnailSize: size }) }), size);

async function scroll(project, how) {
    await page.goto(`${base}projects/${encodeURIComponent(project)}/items`);
    await page.waitForFunction(() => document.querySelectorAll('.cell .name').length > 10);
    await page.waitForTimeout(1000);
    const session = await context.newCDPSession(page);
    const work = async () => Object.fromEntries((await session.send('Performance.getMetrics')).metrics.map(({ name, value }) => [name, value]));
    await session.send('Performance.enable', { timeDomain: 'threadTicks' });
    const before = await work();
    const frames = await page.evaluate(
        ({ how, seconds }) =>
            new Promise((done) => {
                const scroller = document.querySelector('.scroller');
                const times = [];
                const end = performance.now() + seconds * 1000;
                let last = performance.now();
                const step = (now) => {
                    times.push(now - last);
                    last = now;
                    // As a wheel turned fast, or as the bar dragged from top to bottom.
                    if (how === 'wheel') {
                        if (scroller.dispatchEvent(new WheelEvent('wheel', { deltaY: 60, cancelable: true, bubbles: true }))) scroller.scrollTop += 60;
                    }
                    else scroller.scrollTop = ((scroller.scrollHeight - scroller.clientHeight) * (seconds * 1000 - (end - now))) / (seconds * 1000);
                    if (now < end) requestAnimationFrame(step);
                    else done(times.slice(5));
                };
                requestAnimationFrame(step);
            }),
        { how, seconds: 5 },
    );
    const after = await work();
    const sorted = frames.sort((a, b) => a - b);
    const perFrame = ((after.TaskDuration - before.TaskDuration) / frames.length) * 1000;
    console.log(`${project}, ${how}: ${frames.length} frames, ${at(sorted, 0.5)} ms each (95 %: ${at(sorted, 0.95)} ms), ${perFrame.toFixed(1)} ms of CPU time of the page's thread`);
}

/** From the click on "Items" until every picture in sight is drawn; the size is such that some 200 are. */
async function fill(project) {
    await setSize(96);
    const session = await context.newCDPSession(page);
    await session.send('Performance.enable', { timeDomain: 'threadTicks' });
    const cpu = async () => (await session.send('Performance.getMetrics')).metrics.find(({ name }) => name === 'TaskDuration').value;
    await page.setViewportSize({ width: 2560, height: 1300 });
    for (const round of ['first', 'again']) {
        await page.goto(`${base}projects/${encodeURIComponent(project)}`);
        await page.waitForSelector('.tabs a[href$="/items"]');
        await page.waitForTimeout(800);
        const before = await cpu();
        const [ms, cells] = await page.evaluate(
            () =>
                new Promise((done) => {
                    const begin = performance.now();
                    document.querySelector('.tabs a[href$="/items"]').click();
                    const look = () => {
                        const canvas = document.querySelector('.scroller canvas');
                        const cells = [...document.querySelectorAll('.cell')];
                        const ctx = cells.length && canvas?.getContext('2d');
                        const box = canvas?.getBoundingClientRect();
                        const inSight = ctx ? cells.filter((cell) => cell.getBoundingClientRect().top < box.bottom - 30) : [];
                        const isDrawn = (cell) => {
                            const r = cell.getBoundingClientRect();
                            const x = r.x - box.x + r.width / 2;
                            const y = r.y - box.y + (r.height - 24) / 2;
                            const { data } = ctx.getImageData((x - 8) * devicePixelRatio, (y - 8) * devicePixelRatio, 16, 16);
                            for (let i = 4; i < data.length; i += 4) if (Math.abs(data[i] - data[0]) > 2) return true;
                            return false;
                        };
                        // Some pictures are of one colour in their middle. To look at all each time would cost more than what is measured.
                        let missing = 0;
                        for (let i = inSight.length - 1; i >= 0 && missing <= inSight.length * 0.05; i--) if (!isDrawn(inSight[i])) missing++;
                        if (inSight.length && missing <= inSight.length * 0.05) done([performance.now() - begin, inSight.length]);
                        else if (performance.now() - begin > 20_000) done([-1, inSight.length]);
                        else setTimeout(look, 30);
                    };
                    look();
                }),
        );
        console.log(`${project}, ${round}: ${cells} thumbnails drawn ${Math.round(ms)} ms after the click, ${Math.round(((await cpu()) - before) * 1000)} ms of CPU time of the page's thread`);
    }
}

await setSize(200);
await scroll(big, 'wheel');
await scroll(big, 'bar');
if (small) {
    await scroll(small, 'wheel');
    await fill(small);
}
await browser.close();
