// Behind a proxy, below a path, by another host's name and without TLS: the whole app, and nothing asked for outside its prefix.
import assert from 'node:assert/strict';
import { createServer, request } from 'node:http';
import { api, journey, Labelling, labelsOf } from './harness.mjs';

const host = 'labels.example';

/** Serves /label/ alone: handed on as it came (nginx's `proxy_pass http://server`), or without the prefix and by the server's own name. */
async function proxy(strips) {
    const outside = [];
    const server = createServer((incoming, answer) => {
        if (!incoming.url.startsWith('/label/')) {
            outside.push(`${incoming.method} ${incoming.url}`);
            answer.writeHead(404).end();
            return;
        }
        const path = strips ? incoming.url.slice('/label'.length) : incoming.url;
        const headers = strips ? { ...incoming.headers, host: `127.0.0.1:${target.port}` } : incoming.headers;
        const onward = request({ host: '127.0.0.1', port: target.port, method: incoming.method, path, headers }, (back) => {
            answer.writeHead(back.statusCode, back.headers);
            back.pipe(answer);
        });
        onward.on('error', () => answer.destroy());
        answer.on('close', () => onward.destroy());
        incoming.pipe(onward);
    });
    const target = { port: 0 };
    await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
    return { server, target, outside, url: `http://${host}:${server.address().port}/label` };
}

async function freePort() {
    const server = createServer();
    await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
    const { port } = server.address();
    await new Promise((closed) => server.close(closed));
    return port;
}

for (const strips of [false, true])
    journey(`the app below a path, ${strips ? 'the proxy takes the prefix away' : 'the proxy hands all of it on'}`, 120, async (server, browser, t) => {
        const between = await proxy(strips);
        t.after(() => {
            between.server.closeAllConnections();
            between.server.close();
        });
        await server.lw('demo', '--items', '12');
        server.port = between.target.port = await freePort();
        const link = await server.start('--base-url', `${between.url}/`);
        assert.ok(link.startsWith(`${between.url}/#secret=`), link);
        const page = await browser.open(undefined, [`--host-resolver-rules=MAP ${host} 127.0.0.1`]);
        await page.goto(link);
        await page.getByRole('link', { name: 'demo' }).click();
        await page.getByRole('link', { name: 'Items', exact: true }).first().click();
        await page.waitForFunction(() => document.querySelectorAll('.cell .name').length >= 6);
        await page.goto(`${between.url}/people`);
        await page.getByRole('heading', { name: 'People' }).waitFor();
        assert.ok(page.url().startsWith(`${between.url}/`), page.url());

        // An address deep inside, opened anew; a box drawn there arrives.
        const items = await api(page, 'projects/demo/items?state=waiting&limit=1');
        const item = items.rows[0].id;
        await page.goto(`${between.url}/projects/demo/items/${item}`);
        const hand = new Labelling(page);
        await hand.ready();
        await hand.press('r', '1');
        await hand.drag([0.2, 0.2], [0.4, 0.4]);
        await hand.saved();
        assert.equal((await labelsOf(page, 'demo', item)).length, (await hand.shown()).length);

        // What others do arrives too, through the stream of events.
        const before = (await hand.shown()).length;
        await server.lw('undo', 'demo', String((await api(page, 'projects/demo')).seq));
        await page.waitForFunction((n) => [...window.__editor.doc.alive()].length < n, before);

        await page.reload();
        await hand.ready();
        assert.deepEqual(between.outside.filter((asked) => asked !== 'GET /favicon.ico'), []);
    });
