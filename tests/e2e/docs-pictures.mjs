// Takes the pictures of the README anew, from the demo project: node tests/e2e/docs-pictures.mjs, after `./run --build`.
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Browser, Labelling, missing, Server } from './harness.mjs';

if (missing) throw new Error(missing);
const size = { width: 1440, height: 900 };
const sharpness = 1.5; // pixels of the picture for one of the page's
const server = new Server();
const browser = new Browser();
const page = await browser.open(size);
const hand = new Labelling(page);

async function take(name) {
    await page.mouse.move(0, size.height - 1);
    await page.waitForTimeout(2500);
    const session = await page.context().newCDPSession(page);
    await session.send('Emulation.setDeviceMetricsOverride', { ...size, deviceScaleFactor: sharpness, mobile: false });
    await page.waitForTimeout(2500);
    const { data } = await session.send('Page.captureScreenshot', { format: 'webp', quality: 82 });
    const bytes = Buffer.from(data, 'base64');
    writeFileSync(fileURLToPath(new URL(`../../docs/images/${name}.webp`, import.meta.url)), bytes);
    console.log(`${name}: ${Math.round(bytes.length / 1000)} kB`);
}

try {
    server.port = Number(process.env.LW_PORT || 0);
    await server.lw('demo', '--items', '200');
    await page.goto(await server.start());
    await page.locator('.project-card').first().waitFor();
    await page.goto(`${server.url}/projects/demo/items`);
    await page.locator('.cell .name').first().waitFor();
    await take('grid');
    await page.goto(`${server.url}/projects/demo/items/60`);
    await hand.ready();
    await hand.press('v', 's', 's', 's', 's', 's');
    await take('labelling');
} finally {
    await browser.close();
    await server.close();
}
