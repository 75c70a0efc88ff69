// Whatever happens to the browser, the network, the session or the server: no edit is lost, and none is there twice.
import assert from 'node:assert/strict';
import { api, begin, Browser, journey, Labelling, labelsOf } from './harness.mjs';

const kills = Number(process.env.LW_KILLS || 5);

/** Waits for what the server has to be what was done. */
async function becomes(page, item, wanted) {
    let have;
    for (let i = 0; i < 240; i++) {
        have = await labelsOf(page, 'photos', item).catch(() => null);
        if (have && JSON.stringify([...have].sort()) === JSON.stringify([...wanted].sort())) return;
        await page.waitForTimeout(250);
    }
    assert.deepEqual([...have].sort(), [...wanted].sort());
}

journey(`edits made, browser killed ${kills} times`, 60 + kills * 20, async (server, browser, t) => {
    const link = await begin(server);
    let page = await browser.open();
    await page.goto(link);
    await page.getByRole('link', { name: 'photos' }).waitFor();
    const wanted = [];
    let longest = 0;
    for (let round = 0; round < kills; round++) {
        await page.goto(`${server.url}/projects/photos/items/1`);
        const hand = new Labelling(page);
        await hand.ready();
        await page.waitForFunction((n) => window.__editor.doc.count === n, wanted.length);
        await hand.press('r');
        const n = 1 + (round % 4);
        for (let i = 0; i < n; i++) {
            const x = 0.02 + 0.03 * i;
            const y = 0.02 + 0.015 * round;
            await hand.drag([x, y], [x + 0.2, y + 0.2]);
            wanted.push(`cat ${Math.round(x * 320)} ${Math.round(y * 240)} 64 48`);
        }
        // One of them is taken away again, so that folding has something to fold.
        if (n > 2) {
            await hand.press('x');
            wanted.pop();
        }
        // Killed at any moment once the journal has them, whether on their way, answered or not even begun.
        const from = performance.now();
        await page.waitForFunction(() => !window.__sync.atRisk, null, { polling: 1 });
        longest = Math.max(longest, performance.now() - from);
        await page.waitForTimeout(Math.random() * 200);
        await browser.kill();
        page = await browser.open();
        await page.goto(await server.link()); // a killed browser may have forgotten that it was signed in
        await page.getByRole('link', { name: 'photos' }).waitFor();
        await becomes(page, 1, wanted);
    }
    t.diagnostic(`${wanted.length} labels; the journal had each ${Math.ceil(longest)} ms after the hand at the latest`);
});

journey('the server goes away and comes back in the middle of work', 90, async (server, browser) => {
    const page = await browser.open();
    await page.goto(await begin(server, 3));
    await page.getByRole('link', { name: 'photos' }).waitFor();
    await page.goto(`${server.url}/projects/photos/items/1`);
    const hand = new Labelling(page);
    await hand.ready();
    await hand.press('r');
    await hand.drag([0.1, 0.1], [0.2, 0.2]);
    await hand.saved();
    await page.waitForTimeout(500);
    await server.stop('SIGKILL');
    await hand.drag([0.3, 0.1], [0.4, 0.2]);
    await hand.drag([0.5, 0.1], [0.6, 0.2]);
    await hand.press('Shift+2', 'Control+z', 'Control+Shift+z');
    await page.getByText(/Offline, \d waiting/).waitFor();
    // The next image was fetched before: work goes on there as well.
    await hand.press('Control+Enter');
    await page.waitForFunction(() => window.__editor.loaded.value?.item.id === 2);
    await hand.drag([0.7, 0.1], [0.8, 0.2]);
    await server.start();
    await hand.saved();
    await becomes(page, 1, ['cat 32 24 32 24', 'cat 96 24 32 24', 'dog 160 24 32 24']);
    await becomes(page, 2, ['cat 224 24 32 24']);
});

journey('network gone, tab closed with unsent work, session run out', 90, async (server, browser) => {
    const page = await browser.open();
    await page.goto(await begin(server));
    await page.getByRole('link', { name: 'photos' }).waitFor();
    await page.goto(`${server.url}/projects/photos/items/1`);
    const hand = new Labelling(page);
    await hand.ready();
    await hand.press('r');
    await browser.context.setOffline(true);
    await hand.drag([0.1, 0.1], [0.2, 0.2]);
    await page.getByText('Offline, 1 waiting').waitFor();
    const other = await browser.context.newPage();
    await page.close();
    await browser.context.setOffline(false);
    await other.goto(`${server.url}/projects/photos/items/1`);
    await becomes(other, 1, ['cat 32 24 32 24']);
    const again = new Labelling(other);
    await again.ready();

    await browser.context.clearCookies();
    await again.press('r');
    await again.drag([0.3, 0.1], [0.4, 0.2]);
    await other.getByText('Your session has ended').waitFor();
    await again.drag([0.5, 0.1], [0.6, 0.2]);
    await other.getByText('Signed out, 2 waiting').waitFor();
    await other.getByLabel('Sign-in link').fill(await server.link());
    await other.getByRole('button', { name: 'Sign in' }).click();
    await again.saved();
    await becomes(other, 1, ['cat 32 24 32 24', 'cat 96 24 32 24', 'cat 160 24 32 24']);
});

journey('a server that answers into the void is not asked twice for the same thing', 90, async (server, browser) => {
    const page = await browser.open();
    await page.goto(await begin(server));
    await page.getByRole('link', { name: 'photos' }).waitFor();
    let lost = 0;
    await page.route(/\/labels\?partial/, async (route) => {
        // The server does it, the answer is lost on the way, twice for each.
        await route.fetch().catch(() => {});
        if (lost++ % 3 < 2) await route.abort('connectionreset');
        else await route.continue();
    });
    await page.goto(`${server.url}/projects/photos/items/1`);
    const hand = new Labelling(page);
    await hand.ready();
    await hand.press('r');
    await hand.drag([0.1, 0.1], [0.2, 0.2]);
    await hand.saved();
    await hand.press('v', '2');
    await hand.drag([0.3, 0.1], [0.4, 0.2]);
    await hand.saved();
    assert.ok(lost >= 4);
    await becomes(page, 1, ['dog 32 24 32 24']);
    assert.deepEqual(await hand.shown(), ['dog 32 24 32 24']);
});

journey('the browser has no room left: it says so, sends at once, and goes on when there is room', 90, async (server, browser) => {
    const page = await browser.open();
    const quota = async (quotaSize) => (await browser.context.newCDPSession(page)).send('Storage.overrideQuotaForOrigin', { origin: server.url, quotaSize });
    await page.goto(await begin(server));
    await page.getByRole('link', { name: 'photos' }).waitFor();
    await page.goto(`${server.url}/projects/photos/items/1`);
    const hand = new Labelling(page);
    await hand.ready();
    await quota(1);
    await page.route(/\/labels\?partial/, (route) => route.abort('connectionreset'));
    await hand.press('r');
    await hand.drag([0.1, 0.1], [0.2, 0.2]);
    await page.getByText('Browser storage is full').waitFor();
    // Nothing is kept but in this page: leaving it is asked about.
    const asked = page.waitForEvent('dialog');
    const leaving = page.reload().catch(() => {});
    const dialog = await asked;
    assert.equal(dialog.type(), 'beforeunload');
    await dialog.dismiss();
    await leaving;
    await page.unroute(/\/labels\?partial/);
    await hand.drag([0.3, 0.1], [0.4, 0.2]);
    await becomes(page, 1, ['cat 32 24 32 24', 'cat 96 24 32 24']);
    // Of a label whose name there was no room to keep.
    await hand.press('Shift+2');
    await becomes(page, 1, ['cat 32 24 32 24', 'dog 96 24 32 24']);
    await quota(undefined);
    await hand.press('ArrowRight');
    await hand.drag([0.5, 0.1], [0.6, 0.2]);
    await hand.saved();
    await becomes(page, 1, ['cat 32 24 32 24', 'dog 97 24 32 24', 'cat 160 24 32 24']);
});

journey('what is half typed or half drawn goes with the item that is left', 60, async (server, browser) => {
    const page = await browser.open();
    const note = async (item) => (await api(page, `projects/photos/items/${item}/labels`)).labels.find((label) => label.tag)?.attributes.note;
    const on = (item) => page.waitForFunction((item) => window.__editor.loaded.value?.item.id === item, item);
    await page.goto(await begin(server, 3));
    await page.getByRole('link', { name: 'photos' }).waitFor();
    await page.goto(`${server.url}/projects/photos/items/1`);
    const hand = new Labelling(page);
    await hand.ready();
    await page.getByLabel('note').fill('wet glass');
    await hand.press('Control+Enter');
    await on(2);
    await page.getByLabel('note').fill('second thoughts');
    await page.goBack();
    await on(1);
    await hand.press('p');
    for (const place of [[0.1, 0.1], [0.2, 0.1], [0.2, 0.2]]) await hand.click(place);
    await hand.press('d');
    await on(2);
    await hand.saved();
    assert.deepEqual([await note(1), await note(2)], ['wet glass', 'second thoughts']);
    assert.ok((await labelsOf(page, 'photos', 1)).includes('cat 32 24 64 24 64 48'));
});
