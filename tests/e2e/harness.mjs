// What journeys stand on: a server of their own on a fresh store, a browser, and a hand that draws.
import assert from 'node:assert/strict';
import { spawn, execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { deflateSync } from 'node:zlib';

const top = resolve(fileURLToPath(import.meta.url), '../../..');
const require = createRequire(join(top, 'web/package.json'));
const { chromium } = require('playwright-core');
const axeSource = require('axe-core').source;
export const bin = process.env.LW_BIN || join(top, 'build/lw');
export const shared = process.env.LW_SHARED || join(top, '../shared');
const browser = process.env.LW_CHROMIUM || ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) => existsSync(path));

/** A reason not to run, or false. */
export const missing = !existsSync(bin) ? `no ${bin}` : !browser ? 'no Chromium' : false;

const run = promisify(execFile);
const flags = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];

export class Server {
    store = mkdtempSync(join(tmpdir(), 'labelwright-e2e-'));
    port = 0;

    lw(...args) {
        return run(bin, [...args, '--store', this.store]).then(({ stdout }) => stdout);
    }

    async start(...options) {
        this.process = spawn(bin, ['serve', '--store', this.store, '--listen', `127.0.0.1:${this.port}`, ...options], { stdio: ['ignore', 'pipe', 'pipe'] });
        let said = '';
        this.process.stderr.on('data', (data) => (said += data));
        const link = await new Promise((resolve, reject) => {
            this.process.stdout.on('data', (data) => {
                said += data;
                const found = /http:\/\/\S+#secret=\S+/.exec(said);
                if (found) resolve(found[0]);
            });
            this.process.on('exit', (code) => reject(new Error(`the server ended (${code}): ${said}`)));
        });
        this.url = link.replace(/\/#.*/, '');
        this.port = Number(new URL(this.url).port);
        return link;
    }

    async link(name) {
        const said = await this.lw('user', 'link', ...(name ? [name] : []));
        return `${this.url}/#secret=${/secret=(\S+)/.exec(said)[1]}`;
    }

    stop(signal = 'SIGTERM') {
        const ended = new Promise((resolve) => this.process.once('exit', resolve));
        this.process.kill(signal);
        return ended;
    }

    async close() {
        if (this.process) await this.stop();
        rmSync(this.store, { recursive: true, force: true });
    }
}

export class Browser {
    profile = mkdtempSync(join(tmpdir(), 'labelwright-chromium-'));
    problems = [];

    async open(viewport = { width: 1280, height: 800 }, more = []) {
        this.context = await chromium.launchPersistentContext(this.profile, { executablePath: browser, headless: true, viewport, args: [...flags, ...more] });
        const page = this.context.pages()[0];
        page.on('pageerror', (error) => this.problems.push(error.stack));
        page.on('console', (message) => /Content Security|Refused/.test(message.text()) && this.problems.push(message.text()));
        page.setDefaultTimeout(60_000); // what is waited for comes at once, or late on a busy machine
        return page;
    }

    /** Ends it as a power cut would: no handler runs, no file is closed. */
    async kill() {
        const marker = `--user-data-dir=${this.profile}`;
        const { stdout } = await run('ps', ['-eo', 'pid,args']);
        for (const line of stdout.split('\n')) if (line.includes(marker)) try { process.kill(parseInt(line, 10), 'SIGKILL'); } catch { /* gone with its parent */ }
        await this.context.close().catch(() => {});
    }

    async close() {
        await this.context?.close();
        rmSync(this.profile, { recursive: true, force: true });
    }
}

/** A test with a server, not started yet, and a browser of its own: both are gone in the end, and what a page threw fails it. */
export function journey(name, seconds, run) {
    test(name, { skip: missing, timeout: seconds * 1000 }, async (t) => {
        const server = new Server();
        const browser = new Browser();
        try {
            await run(server, browser, t);
            assert.deepEqual(browser.problems, []);
        } finally {
            await browser.close().catch(() => {});
            await server.close();
        }
    });
}

/** What axe finds on the page as it is, each with the name of its state. */
export async function axe(page, what) {
    // Through the protocol, which the page's policy does not bind.
    if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axeSource);
    const found = await page.evaluate(async () => {
        const { violations } = await window.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] });
        return violations.map((v) => `${v.id}: ${v.nodes.map((n) => `${n.target.join(' ')} ${n.any[0]?.message ?? n.all[0]?.message ?? ''}`).slice(0, 4).join(' | ')}`);
    });
    return found.map((problem) => `${what}: ${problem}`);
}

/** The labelling page of one item, and a hand on it. Places are shares of the picture's own width and height. */
export class Labelling {
    constructor(page) {
        this.page = page;
    }

    async ready() {
        // The address goes ahead: its item must be the one that is shown.
        await this.page.waitForFunction(() => {
            const item = window.__editor?.stage && window.__editor.loaded.value?.item.id;
            const wanted = /items\/(\d+)/.exec(location.pathname);
            return item && (!wanted || Number(wanted[1]) === item);
        });
        await this.drawn();
    }

    /** Whatever was asked for before is on the screen. */
    drawn() {
        return this.page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
    }

    /** Screen coordinates of a place. */
    at(x, y) {
        return this.page.evaluate(
            ([x, y]) => {
                const { view, width, height } = window.__editor;
                const box = document.querySelector('.stage').getBoundingClientRect();
                return [box.x + (x * width - view.x) * view.scale, box.y + (y * height - view.y) * view.scale];
            },
            [x, y],
        );
    }

    async drag(from, to) {
        await this.page.mouse.move(...(await this.at(...from)));
        await this.page.mouse.down();
        await this.page.mouse.move(...(await this.at((from[0] + to[0]) / 2, (from[1] + to[1]) / 2)));
        await this.page.mouse.move(...(await this.at(...to)));
        await this.page.mouse.up();
    }

    async click(place, options) {
        await this.page.mouse.click(...(await this.at(...place)), options);
    }

    async move(place) {
        await this.page.mouse.move(...(await this.at(...place)));
    }

    press(...keys) {
        return keys.reduce((before, key) => before.then(() => this.page.keyboard.press(key)), Promise.resolve());
    }

    /** What the page shows: class and rounded box or points, in order. */
    shown() {
        return this.page.evaluate(() => {
            const { doc } = window.__editor;
            return [...doc.alive()].map((slot) => `${doc.className(slot)} ${Array.from(doc.shape(slot).xy, (v) => Math.round(v)).join(' ')}`);
        });
    }

    saved() {
        return this.page.waitForSelector('[data-save-state=saved]');
    }
}

/** What the server has of an item, as `shown` says it. */
export async function labelsOf(page, project, item) {
    const { labels } = await api(page, `projects/${encodeURIComponent(project)}/items/${item}/labels`);
    return labels.map((label) => `${label.class} ${(label.box ?? label.polygon?.flat(2) ?? []).map((v) => Math.round(v)).join(' ')}`.trim());
}

export function api(page, path) {
    return page.evaluate(async (path) => (await fetch(new URL(`v1/${path}`, document.baseURI))).json(), path);
}

/** Files and folders of this machine, dropped by a hand. */
export async function drop(page, target, files) {
    const box = await page.locator(target).boundingBox();
    const hand = await page.context().newCDPSession(page);
    const at = { x: box.x + box.width / 2, y: box.y + box.height / 2, data: { items: [], files, dragOperationsMask: 1 } };
    for (const type of ['dragEnter', 'dragOver', 'drop']) await hand.send('Input.dispatchDragEvent', { type, ...at });
}

/** A server with the project "photos": small pictures, the classes cat and dog, and a note on each item. Answers its sign-in link. */
export async function begin(server, n = 1) {
    const photos = join(server.store, 'photos');
    mkdirSync(photos, { recursive: true });
    for (let i = 1; i <= n; i++) writeFileSync(join(photos, `${i}.bmp`), picture(320, 240, i));
    await server.lw('import', 'photos', photos);
    const file = join(server.store, 'ontology.json');
    writeFileSync(file, JSON.stringify({ classes: [{ name: 'cat' }, { name: 'dog' }], item: [{ name: 'note', type: 'text' }] }));
    await server.lw('ontology', 'set', 'photos', file);
    return server.start();
}

/** A picture of one colour with squares on it, as a BMP: journeys need no files of others. */
export function picture(width, height, seed = 1) {
    const stride = Math.ceil((width * 3) / 4) * 4;
    const bytes = Buffer.alloc(54 + stride * height);
    bytes.write('BM');
    bytes.writeUInt32LE(bytes.length, 2);
    bytes.writeUInt32LE(54, 10);
    bytes.writeUInt32LE(40, 14);
    bytes.writeInt32LE(width, 18);
    bytes.writeInt32LE(height, 22);
    bytes.writeUInt16LE(1, 26);
    bytes.writeUInt16LE(24, 28);
    for (let y = 0; y < height; y++)
        for (let x = 0; x < width; x++) {
            const square = ((x >> 5) + (y >> 5) + seed) % 3;
            bytes.fill([60, 110, 160][square], 54 + y * stride + x * 3, 54 + y * stride + x * 3 + 3);
        }
    return bytes;
}

/** A photograph's worth of JPEG, drawn by the browser. */
export async function photo(page, width, height) {
    const base64 = await page.evaluate(
        async ([w, h]) => {
            const canvas = new OffscreenCanvas(w, h);
            const ctx = canvas.getContext('2d');
            for (let i = 0; i < 4000; i++) {
                ctx.fillStyle = `hsl(${(i * 37) % 360} 40% ${20 + ((i * 13) % 50)}%)`;
                ctx.fillRect((i * 997) % w, (i * 613) % h, 40 + ((i * 7) % 200), 40 + ((i * 11) % 200));
            }
            const bytes = new Uint8Array(await (await canvas.convertToBlob({ type: 'image/jpeg', quality: 0.9 })).arrayBuffer());
            let text = '';
            for (let i = 0; i < bytes.length; i += 8192) text += String.fromCharCode(...bytes.subarray(i, i + 8192));
            return btoa(text);
        },
        [width, height],
    );
    return Buffer.from(base64, 'base64');
}

/** A PNG of one bit a pixel, small however wide it is: broad stripes, and from row 10,000 on some as fine as can be. */
export function hugePicture(width, height) {
    const stride = 1 + Math.ceil(width / 8);
    const rows = Buffer.alloc(stride * height);
    for (let y = 0; y < height; y++) if (y >= 10_000 && y < 10_064 ? y % 2 : (y >> 10) % 2) rows.fill(0xff, y * stride + 1, (y + 1) * stride);
    const chunk = (type, data) => {
        const body = Buffer.concat([Buffer.from(type), data]);
        const out = Buffer.alloc(8 + body.length);
        out.writeUInt32BE(data.length, 0);
        body.copy(out, 4);
        out.writeUInt32BE(crc32(body), 4 + body.length);
        return out;
    };
    const header = Buffer.alloc(13);
    header.writeUInt32BE(width, 0);
    header.writeUInt32BE(height, 4);
    header[8] = 1;
    return Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), chunk('IHDR', header), chunk('IDAT', deflateSync(rows, { level: 1 })), chunk('IEND', Buffer.alloc(0))]);
}

/** Node 20 has none of its own. */
function crc32(bytes) {
    let crc = 0xffffffff;
    for (const byte of bytes) {
        crc ^= byte;
        for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
    }
    return (crc ^ 0xffffffff) >>> 0;
}
