/** The labelling page's work behind the screen: which item is open, which come next, loading and prefetching, and what to do when others
 *  change the same item. */
import { batch, effect, signal } from '@preact/signals';
import { ApiError, at, get, post, put } from '../api/client';
import { type Filters, filtersFrom } from '../api/item-list';
import type { ClassDef, Item, ItemLabels, Next, Ontology, Page, Project, TaskState } from '../api/types';
import { go, href } from '../app/router';
import { setting } from '../app/session';
import { Classes } from '../editor/classes';
import { Editor, TRUTH } from '../editor/editor';
import { isTyping } from '../editor/keys';
import { Media } from '../editor/media/media';
import { Doc } from '../editor/model/doc';
import { scaled, TAG } from '../editor/model/shape';
import { type Edit, replay } from '../editor/sync/edits';
import type { Problem, Settled } from '../editor/sync/outbox';
import type { Sync } from '../editor/sync/sync';
import { colorsOf, unknownColor } from '../ui/palette';
import { firstUnanswered, type Unanswered } from './answers';
import { follow } from './follow';
import { Memory } from './memory';
import { type Ready, Shelf } from './shelf';

const heavyBytes = 128 << 20;

const whenIdle = (run: () => void) => void ('requestIdleCallback' in window ? requestIdleCallback(run, { timeout: 500 }) : setTimeout(run));

export class Work {
    readonly editor: Editor;
    readonly project = signal<Project | null>(null);
    readonly item = signal(0);
    readonly loading = signal(false);
    readonly error = signal<unknown>(null);
    readonly mediaError = signal<unknown>(null);
    /** In "Start labelling": the next item comes by itself; true when none is left. */
    readonly queue: boolean;
    readonly finished = signal(false);
    readonly filters: Filters;
    private shelf = new Shelf((item) => item === this.item.value || item === this.editor.loaded.value?.item.id);
    /** The project and its classes are known. */
    private begun: Promise<void>;
    private next: Promise<ItemLabels | null> | null = null;
    private turn = 0;
    private stops: (() => void)[] = [];
    private memory: Memory;

    constructor(
        readonly name: string,
        readonly sync: Sync,
        query: URLSearchParams,
        item: number,
    ) {
        this.queue = !item || query.has('queue');
        this.filters = filtersFrom(query);
        this.editor = new Editor((item, edits) => void this.record(item, edits), new Classes(colorsOf, unknownColor));
        this.memory = new Memory(this.editor);
        this.stops.push(sync.listen((settled) => this.settled(settled)));
        // Asked for before the page is drawn for the first time.
        this.begun = this.begin();
        this.begun.catch(() => {});
        this.item.value = item;
        if (item) this.load(item).catch(() => {});
    }

    private async begin() {
        const [project, ontology] = await Promise.all([get<Project>(at`projects/${this.name}`), get<Ontology>(at`projects/${this.name}/ontology`)]);
        this.project.value = project;
        this.editor.setOntology(ontology);
        this.memory.restore();
        this.follow();
    }

    async start(item: number) {
        try {
            await this.begun;
        } catch (error) {
            this.error.value = error;
            return;
        }
        if (item) await this.open(item);
        else await this.openNext(0);
    }

    close() {
        for (const stop of this.stops) stop();
        this.memory.close();
        this.editor.close();
        this.shelf.close();
    }

    private record(item: number, edits: Edit[]) {
        const state = this.editor.loaded.value?.task.state;
        if (state === 'waiting') this.setState('started');
        this.isMine(edits);
        return this.sync.record(this.project.value!.id, item, edits);
    }

    // --- opening

    async open(item: number): Promise<void> {
        const turn = ++this.turn;
        this.leave();
        this.memory.save();
        batch(() => {
            this.item.value = item;
            this.loading.value = true;
            this.error.value = null;
            this.finished.value = false;
        });
        try {
            const { ready, pending } = await this.latest(item);
            if (turn !== this.turn) return;
            this.mediaError.value = ready.mediaError;
            this.isMine(pending);
            const { ahead } = ready;
            ready.ahead = undefined;
            batch(() => {
                this.editor.open(ready.labels, ready.media, pending, ahead);
                this.loading.value = false;
            });
            this.memory.arrive(item);
            void this.prefetch(turn);
        } catch (error) {
            if (turn !== this.turn) return;
            this.shelf.drop(item);
            batch(() => {
                this.loading.value = false;
                this.error.value = error;
            });
        }
    }

    retry() {
        if (this.project.value && this.item.value) void this.open(this.item.value);
        else {
            this.begun = this.begin();
            void this.start(this.item.value);
        }
    }

    /** An item as it is now: as the server has it, and what is still on its way there. */
    private async latest(item: number): Promise<{ ready: Ready; pending: Edit[] }> {
        let ready = await this.load(item);
        for (let tries = 0; ; tries++) {
            const pending = await this.pending(item);
            if (!this.isStale(item, ready.labels.seq) || tries === 3) return { ready, pending };
            this.shelf.drop(item);
            ready = await this.load(item, ready);
        }
    }

    private async pending(item: number): Promise<Edit[]> {
        return (await this.sync.pending(item)).flatMap((entry) => entry.edits ?? []);
    }

    /** Labels of this item were saved after they had been read. */
    private isStale(item: number, seq: number): boolean {
        return (this.savedAt.get(item) ?? 0) > seq;
    }
    private savedAt = new Map<number, number>();

    private load(item: number, known?: Ready): Promise<Ready> {
        const already = this.shelf.get(item);
        if (already) return already;
        const ready = this.fetch(item, known);
        this.shelf.put(item, ready);
        return ready;
    }

    private async fetch(item: number, known?: Ready): Promise<Ready> {
        // What this browser still has to send should be in what is read, where that is quick.
        await this.sync.flushed(400);
        const labels = get<ItemLabels>(at`projects/${this.name}/items/${item}/labels`);
        if (known?.media) return { ...known, labels: await labels, ahead: undefined };
        // Of what somebody waits for, the labels are drawn while the picture is still on its way.
        const ahead = item === this.item.value ? Promise.all([labels, this.begun]).then(([loaded]) => this.editor.drawAhead(loaded)) : undefined;
        ahead?.catch(() => {});
        let mediaError: unknown = null;
        const media = await Media.load(
            item,
            labels.then((loaded) => loaded.item),
        ).catch((error) => {
            mediaError = error;
            return null;
        });
        return { labels: await labels, ahead: await ahead, media, mediaError };
    }

    // --- going from item to item

    /** Items before or after the open one; asked for when it is opened, so that going there need not wait. */
    private beside(item: Item, direction: 1 | -1): Promise<Item[]> {
        if (this.near.item !== item.id) this.near = { item: item.id };
        const known = this.near[direction];
        if (known) return known;
        const query = { ...this.filters, after: item.id, limit: 2, direction: direction < 0 ? 'back' : null };
        const asked = get<Page<Item>>(at`projects/${this.name}/items`, query).then(({ rows }) => rows);
        this.near[direction] = asked;
        const forget = () => this.near[direction] === asked && delete this.near[direction];
        // At the end of the list more may have come by the next time.
        asked.then((rows) => rows.length || forget(), forget);
        return asked;
    }
    private near: { item: number; 1?: Promise<Item[]>; [-1]?: Promise<Item[]> } = { item: 0 };

    private async prefetch(turn: number) {
        // What comes next must not hold up what is to be seen now.
        for (let tries = 0; tries < 20 && !this.editor.statics.isFresh; tries++) await new Promise((resolve) => setTimeout(resolve, 16));
        const { item } = this.editor.loaded.value ?? {};
        if (!item || turn !== this.turn) return;
        // Of very large pictures only the next.
        const isHeavy = (this.editor.media?.bytes ?? 0) > heavyBytes;
        const next = this.queue ? (this.next ??= this.peek(item.id)).then((labels) => (labels ? [labels.item] : [])) : this.beside(item, 1);
        const previous = this.queue || isHeavy ? [] : this.beside(item, -1);
        const [after, before] = await Promise.all([next, previous].map((items) => Promise.resolve(items).catch((): Item[] => [])));
        if (turn !== this.turn) return;
        const nearest = [...after.slice(0, 1), ...before.slice(0, 1)];
        this.shelf.keepAhead(nearest.map(({ id }) => id));
        for (const { id } of [...nearest, ...after.slice(1, isHeavy ? 1 : 2)]) {
            const isNearest = nearest.some((near) => near.id === id);
            void this.latest(id).then(({ ready }) => isNearest && whenIdle(() => turn === this.turn && this.drawAhead(id, ready)), () => {});
        }
    }

    private async drawAhead(item: number, ready: Ready) {
        // Unless it has been put away meanwhile.
        if ((await this.shelf.get(item)) === ready) ready.ahead ??= this.editor.drawAhead(ready.labels);
    }

    private peek(after: number): Promise<ItemLabels | null> {
        const next = post<Next>(at`projects/${this.name}/next`, { after }, { peek: true }).then((answer) => (answer.item ? (answer as ItemLabels) : null));
        next.catch(() => {
            this.next = null;
        });
        return next;
    }

    async step(direction: 1 | -1) {
        const { item } = this.editor.loaded.value ?? {};
        if (!item) return;
        try {
            const [other] = await this.beside(item, direction);
            if (other) this.show(other.id);
            else this.atEnd.value++;
        } catch (error) {
            this.stepError.value = error;
        }
    }
    /** Counts attempts to go beyond the first or last item. */
    readonly atEnd = signal(0);
    readonly stepError = signal<unknown>(null);

    /** A number is a place in the list; else the first item whose name holds the text. */
    async goTo(text: string): Promise<boolean> {
        const position = /^[1-9]\d*$/.test(text) ? Number(text) : 0;
        const path = at`projects/${this.name}/items`;
        let rows = position ? (await get<Page<Item>>(path, { position, limit: 1 })).rows : [];
        if (rows[0]?.position !== position || !position) rows = (await get<Page<Item>>(path, { text, limit: 1 })).rows;
        if (rows[0]) this.show(rows[0].id);
        return rows.length > 0;
    }

    /** What is half typed counts; a draft that can stand goes with the item, the rest of one is dropped. */
    private leave() {
        const { editor } = this;
        if (isTyping(document.activeElement)) editor.stage?.overlay.focus({ preventScroll: true });
        editor.tool.value.finish?.(editor);
        editor.tool.value.cancel(editor);
    }

    show(item: number, replace = false) {
        const query = new URLSearchParams(this.filters as Record<string, string>);
        if (this.queue) query.set('queue', '1');
        const text = query.toString();
        go(href('projects', this.name, 'items', item) + (text ? `?${text}` : ''), { replace });
        // At once, not when the page has taken in its new address.
        if (item !== this.item.value) void this.open(item);
    }

    async openNext(after: number) {
        this.loading.value = true;
        try {
            const answer = await post<Next>(at`projects/${this.name}/next`, after ? { after } : {});
            this.next = null;
            this.loading.value = false;
            if (answer.item) this.show(answer.item.id, !after);
            else this.finished.value = true;
        } catch (error) {
            // Offline the next item may be here already: the one that was prefetched.
            const labels = error instanceof ApiError && error.unsure && this.next ? await this.next.catch(() => null) : null;
            this.next = null;
            this.loading.value = false;
            if (labels && labels.item.id !== after) this.show(labels.item.id);
            else this.error.value = error;
        }
    }

    // --- the task

    private setState(state: TaskState, reason: string | null = null) {
        const loaded = this.editor.loaded.value;
        if (loaded) this.editor.loaded.value = { ...loaded, task: { ...loaded.task, state, reason }, item: { ...loaded.item, state } };
    }

    async act(action: 'submit' | 'skip' | 'return', reason?: string) {
        const loaded = this.editor.loaded.value;
        if (!loaded) return;
        this.leave();
        const missing = action === 'submit' ? firstUnanswered(this.editor) : undefined;
        if (missing) {
            if (missing.ref) this.editor.focusOn(missing.ref);
            this.unanswered.value = missing;
            return;
        }
        this.setState(action === 'submit' ? 'done' : action === 'skip' ? 'skipped' : 'started', reason);
        await this.sync.act(this.project.value!.id, loaded.item.id, { task: loaded.task.id, action, reason });
        this.shelf.drop(loaded.item.id);
        if (action === 'return' || !setting('advance', true)) return;
        // The server must know before it is asked what comes next, or it would give this one again.
        if (this.queue) {
            await this.sync.flushed(1500);
            await this.openNext(loaded.item.id);
        } else await this.step(1);
    }

    /** An answer that must be given before the item can be done, each time somebody tries. */
    readonly unanswered = signal<Unanswered | null>(null);

    acceptAll(): Promise<void> {
        this.editor.review.acceptAll();
        return this.act('submit');
    }

    // --- classes

    async addClass(name: string): Promise<void> {
        const path = at`projects/${this.name}/ontology`;
        for (let tries = 0; ; tries++) {
            const now = tries ? await get<Ontology>(path) : this.editor.classes.ontology.value;
            if (now.classes.some((def) => def.name === name)) {
                this.editor.setOntology(now);
                break;
            }
            try {
                this.editor.setOntology(await put<Ontology>(path, { ...now, classes: [...now.classes, { name, kinds: [] } satisfies ClassDef] }));
                break;
            } catch (error) {
                if (!(error instanceof ApiError) || error.status !== 409 || tries > 3) throw error;
            }
        }
        this.editor.setNextClass(name);
    }

    async copyFromPrevious(): Promise<number> {
        const { item } = this.editor.loaded.value ?? {};
        if (!item) return 0;
        const [before] = await this.beside(item, -1);
        if (!before) return 0;
        const { ready, pending } = await this.latest(before.id);
        if (this.editor.loaded.value?.item.id !== item.id) return 0; // gone on meanwhile
        const doc = new Doc();
        doc.load(ready.labels.labels);
        replay(doc, pending);
        const entries = doc.alive().map((slot) => doc.entry(doc.refs[slot])!).filter(({ layer, shape }) => layer === TRUTH && shape.kind !== TAG);
        const [sx, sy] = before.width && item.width ? [item.width / before.width, item.height / before.height] : [1, 1];
        // Masks are tied to the size of their picture.
        const copies = sx === 1 && sy === 1 ? entries : entries.filter(({ shape }) => !shape.mask).map((entry) => ({ ...entry, shape: scaled(entry.shape, sx, sy) }));
        this.editor.clipboard.put(copies);
        return copies.length;
    }

    // --- edits that were not taken

    /** Sends the edit again, on top of what is there now; a label that is gone is made anew. */
    async keepMine(problem: Problem) {
        const { edit, task, theirs, project, item } = problem;
        await this.sync.dismiss(problem);
        if (task) return this.sync.act(project, item, task);
        if (!edit) return;
        const again: Edit = theirs ? { ...edit, id: theirs.id, was: theirs.seq } : edit.op === 'change' ? { ...edit, op: 'add', id: undefined } : edit;
        if (edit.op === 'remove' && !theirs) return;
        this.isMine([again]);
        await this.sync.record(project, item, [again]);
        if (item !== this.item.value) return;
        if (theirs) this.editor.takeTheirs(edit.ref, theirs);
        replay(this.editor.doc, [again]);
    }

    async dropMine(problem: Problem) {
        await this.sync.dismiss(problem);
        const { edit, item, theirs } = problem;
        if (!edit || item !== this.item.value) return;
        if (edit.op === 'add') this.editor.doc.remove(edit.ref);
        else this.editor.takeTheirs(edit.ref, theirs ?? null);
    }

    // --- others

    /** Every tab of this browser hears what was sent; what another one did is somebody else's here. */
    private settled({ labels }: Settled) {
        const own = labels.filter(({ ref }) => this.mine.delete(ref));
        const others = labels.filter((label) => !own.includes(label));
        for (const { seq, item } of labels) this.savedAt.set(item, Math.max(seq, this.savedAt.get(item) ?? 0));
        for (const { seq } of own) if (!others.some((other) => other.seq === seq)) this.ownSeqs.add(seq);
        this.editor.settled(own);
        this.changedElsewhere(others.map(({ item }) => item));
    }
    private ownSeqs = new Set<number>();
    /** Labels with edits that this page shows already. */
    private mine = new Set<string>();

    private isMine(edits: Edit[]) {
        for (const { ref } of edits) this.mine.add(ref);
    }

    private changedElsewhere(items: number[]) {
        for (const item of items) if (item !== this.item.value) this.shelf.drop(item);
        if (items.includes(this.item.value)) this.refresh();
    }

    /** What others change in the open item shows at once. */
    private follow() {
        this.stops.push(
            follow(this.name, this.project.value!.seq, (commit) => {
                if (commit.kind === 'ontology') void this.refreshOntology();
                if (this.ownSeqs.delete(commit.seq)) return;
                this.changedElsewhere(commit.items);
            }),
        );
        this.stops.push(
            effect(() => {
                if (this.sync.problems.value.length) this.refresh();
            }),
        );
    }

    private async refreshOntology() {
        const now = await get<Ontology>(at`projects/${this.name}/ontology`).catch(() => null);
        if (now && now.version > this.editor.classes.ontology.value.version) this.editor.setOntology(now);
    }

    private refreshing: ReturnType<typeof setTimeout> | undefined;

    refresh() {
        clearTimeout(this.refreshing);
        this.refreshing = setTimeout(async () => {
            const item = this.item.value;
            if (!item || this.loading.value || this.editor.isDragging) return;
            try {
                const before = await this.pending(item);
                const labels = await get<ItemLabels>(at`projects/${this.name}/items/${item}/labels`);
                if (item !== this.item.value || this.loading.value) return;
                const after = await this.pending(item);
                this.editor.merge(labels, [...before, ...after]);
            } catch {
                /* the next event, or opening the item again, brings it */
            }
        }, 150);
    }
}
