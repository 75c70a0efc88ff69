/** The editor of one item at a time: document, history, journal, view and tool in one place. Knows no page: pages read its signals and
 *  call its methods. */
import { batch, computed, signal } from '@preact/signals-core';
import type { ItemLabels, Ontology } from '../api/types';
import { Camera } from './camera';
import type { Classes } from './classes';
import { Clipboard } from './clipboard';
import { Index } from './index';
import { Keys } from './keys';
import { type Adjust, type Media, plain } from './media/media';
import { Doc, type Entry, HIDDEN, LOCKED, newRef, type Ref } from './model/doc';
import { geomOf } from './model/geom/geom';
import { History } from './model/history';
import { BOX, type Shape, TAG } from './model/shape';
import { apply, type Change, Tx } from './model/tx';
import type { Style } from './render/painter';
import type { Stage } from './render/stage';
import { type Look, Statics } from './render/statics';
import { fit, type View } from './render/view';
import { Review } from './review';
import { type Edit, editsOf, replay } from './sync/edits';
import type { Settled } from './sync/outbox';
import { BoxTool } from './tools/box';
import { PolygonTool } from './tools/polygon';
import { SelectTool } from './tools/select';
import type { Pointer, Tool, ToolId } from './tools/tool';
import { Whole } from './whole';

export const TRUTH = 'truth';

/** Things to tell the person at work; the page has the words. */
export type Hint = 'needsClass' | 'kindNotAllowed' | 'polygonNeedsThree' | 'tooFewPoints' | 'nothingToUndo' | 'nothingToRedo' | 'nothingToPaste' | 'locked' | 'copied';

const grab_px = 7;
const grabTouch_px = 16;

export class Editor {
    doc = new Doc();
    private history = new History();
    private index = new Index(this.doc);
    statics: Statics;
    media: Media | null = null;
    stage: Stage | null = null;
    readonly camera = new Camera(
        () => this,
        () => this.redraw(true),
    );
    readonly keys = new Keys();
    readonly clipboard = new Clipboard(this);
    readonly review = new Review(this);
    readonly whole = new Whole(this);

    readonly loaded = signal<ItemLabels | null>(null);
    readonly selection = signal<Ref[]>([]);
    /** The label that keys act on when none is under the pointer. */
    readonly focus = computed<Ref | null>(() => this.selection.value.at(-1) ?? null);
    readonly hover = signal<Ref | null>(null);
    readonly lastDrawn = signal<Ref | null>(null);
    readonly nextClass = signal('');
    readonly previousClass = signal('');
    readonly tool = signal<Tool>(new SelectTool());
    /** Counts changes of the document, for lists. */
    readonly version = signal(0);
    readonly undoLabel = signal<string | undefined>(undefined);
    readonly redoLabel = signal<string | undefined>(undefined);
    readonly hint = signal<{ hint: Hint; n: number } | null>(null);
    readonly adjust = signal<Adjust>(plain);
    readonly opacity = signal(1);
    readonly labelsHidden = signal(false);
    readonly crosshair = signal(true);
    readonly hiddenLayers = signal<ReadonlySet<string>>(new Set());
    readonly readOnly = signal(false);

    pointer: Pointer | null = null;
    pointerInside = false;
    isDragging = false;
    panHeld = false;
    panning = false;
    /** Where a press would put a new vertex. */
    ghost: [number, number] | null = null;

    private lastDrawing: ToolId = 'box';
    private previews = new Map<Ref, Shape>();
    private tools: Tool[] = [this.tool.value, new BoxTool(), new PolygonTool()];
    private stopListening = () => {};
    private look: Look;

    constructor(
        /** Puts edits into the journal. */
        private record: (item: number, edits: Edit[]) => void,
        readonly classes: Classes,
    ) {
        this.look = {
            version: 1,
            isShown: (doc, slot) => this.isShown(slot, doc),
            isDashed: (doc, slot) => doc.layerName(slot) !== TRUTH,
            styles: (doc) => doc.classes.list.map((name) => classes.styleOf(name)),
        };
        this.statics = this.staticsOf(this.doc);
    }

    close() {
        this.stopListening();
        this.stage?.close();
        this.stage = null;
        this.statics.close();
    }

    // --- what is open

    private staticsOf(doc: Doc): Statics {
        return new Statics(doc, this.look, (from) => from === this.statics && this.redraw(true));
    }

    /** Makes an item's document, and has its labels drawn as they will be seen first, so that `open` need not wait for either. */
    drawAhead({ labels, item: { width, height } }: ItemLabels): Statics {
        const statics = this.staticsOf(Doc.of(labels));
        if (width && height) statics.prepare(fit(this.view, width, height));
        return statics;
    }

    /** Shows another item. `pending`: edits of it that are still on their way; `ahead`: what was made of it before. */
    open(loaded: ItemLabels, media: Media | null, pending: Edit[], ahead = this.drawAhead(loaded)) {
        this.tool.value.cancel(this);
        this.stopListening();
        this.statics.close();
        this.statics = ahead;
        this.doc = ahead.doc;
        ahead.renew();
        replay(this.doc, pending);
        this.history = new History();
        this.index = new Index(this.doc);
        this.media = media;
        if (media) media.changed = () => this.redraw(true);
        this.previews.clear();
        this.ghost = null;
        batch(() => {
            this.loaded.value = loaded;
            this.selection.value = [];
            this.hover.value = null;
            this.lastDrawn.value = null;
            this.version.value++;
            this.tellHistory();
        });
        this.stopListening = this.doc.listen((slots) => this.changed(slots));
        this.camera.fit();
        this.review.begin();
        this.statics.prepare(this.view);
    }

    private changed(slots: number[]) {
        batch(() => {
            const left = this.selection.value.filter((ref) => this.doc.has(ref));
            if (left.length !== this.selection.value.length) this.select(left);
            if (this.hover.value && !this.doc.has(this.hover.value)) this.hover.value = null;
            if (this.lastDrawn.value && !this.doc.has(this.lastDrawn.value)) this.lastDrawn.value = null;
            this.version.value++;
        });
        this.redraw(true);
    }

    setOntology(ontology: Ontology) {
        const { classes } = this;
        classes.set(ontology);
        if (!classes.def(this.nextClass.value)) this.nextClass.value = ontology.classes.find((def) => !classes.isTagOnly(def.name))?.name ?? '';
        this.lookChanged();
    }

    /** Labels as the server has them now, because somebody changed something. What is on its way from here stays as it is. */
    merge(loaded: ItemLabels, pending: Edit[]) {
        const mine = new Set(pending.map((edit) => edit.ref));
        const present = new Set<Ref>();
        this.doc.batch(() => {
            for (const label of loaded.labels) {
                const ref = this.doc.refOfId(label.id) ?? String(label.id);
                present.add(ref);
                const slot = this.doc.slot(ref);
                if (mine.has(ref) || (slot >= 0 && this.doc.has(ref) && this.doc.seq[slot] >= label.seq)) continue;
                this.doc.load([label]);
            }
            for (const slot of this.doc.alive()) {
                const ref = this.doc.refs[slot];
                if (!present.has(ref) && !mine.has(ref) && this.doc.id[slot] && this.doc.seq[slot] <= loaded.seq) this.doc.remove(ref);
            }
        });
        this.loaded.value = loaded;
    }

    settled(labels: Settled['labels']) {
        for (const { ref, id, seq, removed } of labels) {
            if (this.doc.slot(ref) < 0 || removed) continue;
            const twin = this.doc.refOfId(id);
            if (twin && twin !== ref) this.doc.remove(twin);
            this.doc.settle(ref, id, seq);
        }
    }

    /** Puts a label as it is elsewhere in the place of ours: a conflict decided for the other side. */
    takeTheirs(ref: Ref, theirs: ItemLabels['labels'][number] | null) {
        const known = (theirs && this.doc.refOfId(theirs.id)) ?? ref;
        this.doc.remove(known);
        if (theirs) this.doc.load([theirs]);
    }

    // --- changes

    tx(label: string, change: (tx: Tx) => void, mergeKey?: string) {
        if (this.readOnly.value || !this.loaded.value) return;
        const tx = new Tx(this.doc);
        this.doc.batch(() => change(tx));
        if (!tx.patches.length) return;
        this.history.push({ label, patches: tx.patches }, mergeKey);
        this.journal({ label, patches: tx.patches });
    }

    undo() {
        const change = this.history.undo();
        if (change) this.replayChange(change);
        else this.say('nothingToUndo');
    }

    redo() {
        const change = this.history.redo();
        if (change) this.replayChange(change);
        else this.say('nothingToRedo');
    }

    private replayChange(change: Change) {
        this.tool.value.cancel(this);
        apply(this.doc, change.patches);
        this.journal(change);
        const touched = [...new Set(change.patches.map(({ ref }) => ref))].filter((ref) => this.doc.has(ref) && this.doc.kind[this.doc.slot(ref)] !== TAG);
        if (touched.length && touched.length < 50) this.select(touched);
    }

    private journal({ patches }: Change) {
        this.tellHistory();
        this.record(this.loaded.value!.item.id, editsOf(this.doc, this.loaded.value!.item.id, patches));
    }

    private tellHistory() {
        this.undoLabel.value = this.history.undoLabel;
        this.redoLabel.value = this.history.redoLabel;
    }

    /** A tool has finished a shape. */
    drawn(shape: Shape) {
        const name = this.nextClass.value;
        if (this.readOnly.value || !this.loaded.value) return;
        if (!name) return this.say('needsClass');
        if (!this.classes.allows(name, shape.kind)) return this.say('kindNotAllowed');
        const ref = newRef();
        this.tx('draw', (tx) => tx.add(ref, this.newEntry(name, shape)));
        this.lastDrawn.value = ref;
        this.select([ref]);
    }

    newEntry(name: string, shape: Shape): Entry {
        return { class: name, layer: TRUTH, attributes: {}, shape, confidence: null, group: null, frame: null };
    }

    removeTargets() {
        const targets = this.targets().filter((ref) => !this.isLocked(ref));
        if (!targets.length) return;
        const next = this.after(targets);
        this.tx('remove', (tx) => {
            for (const ref of targets) tx.remove(ref);
        });
        if (!this.tool.value.draws) this.focusOn(next);
    }

    /** What a key acts on: what is under the pointer, else what is chosen. */
    targets(): Ref[] {
        const hovered = this.tool.value.draws ? null : this.hover.value;
        if (hovered && !this.selection.value.includes(hovered)) return [hovered];
        return this.selection.value;
    }

    /** A class's key. With a drawing tool in hand it is for the draft or the next shape, with Shift for the last one drawn; with none, for
     *  the label under the pointer, else the focused one. A class of the item as a whole is set or taken away. */
    classKey(name: string, shift: boolean) {
        if (this.classes.isTagOnly(name)) return this.whole.toggle(name);
        if (this.tool.value.draws) {
            if (shift) {
                if (this.lastDrawn.value) this.setClass([this.lastDrawn.value], name);
            } else this.setNextClass(name);
        } else if (this.targets().length) this.correct(this.targets(), name);
        else this.setNextClass(name);
        this.redraw();
    }

    setNextClass(name: string) {
        if (name === this.nextClass.value) return;
        this.previousClass.value = this.nextClass.value;
        this.nextClass.value = name;
        this.redraw();
    }

    /** To say what a prediction is, is to accept it. */
    private correct(refs: Ref[], name: string) {
        const able = this.ableTo(refs, name);
        if (able.length && able.every((ref) => this.review.isPrediction(ref))) this.review.accept(able, name);
        else this.setClass(refs, name);
    }

    setClass(refs: Ref[], name: string) {
        this.tx('class', (tx) => {
            for (const ref of this.ableTo(refs, name)) this.putClass(tx, ref, name);
        });
    }

    /** Those that may be of a class; says why when it is none. */
    private ableTo(refs: Ref[], name: string): Ref[] {
        const able = refs.filter((ref) => !this.isLocked(ref) && this.classes.allows(name, this.doc.kind[this.doc.slot(ref)]));
        if (refs.length && !able.length) this.say(this.isLocked(refs[0]) ? 'locked' : 'kindNotAllowed');
        return able;
    }

    putClass(tx: Tx, ref: Ref, name: string) {
        tx.set(ref, 'class', name);
        tx.set(ref, 'attributes', this.keptAttributes(ref, name));
    }

    /** Attributes that the other class has as well. */
    private keptAttributes(ref: Ref, name: string) {
        const names = new Set(this.classes.attributesOf(name).map((def) => def.name));
        return Object.fromEntries(Object.entries(this.doc.attributes(this.doc.slot(ref))).filter(([key]) => names.has(key)));
    }

    setAttribute(refs: Ref[], name: string, value: Entry['attributes'][string] | null) {
        this.tx(
            'attribute',
            (tx) => {
                for (const ref of refs) {
                    if (this.isLocked(ref)) continue;
                    const { [name]: _, ...rest } = this.doc.attributes(this.doc.slot(ref));
                    tx.set(ref, 'attributes', value === null ? rest : { ...rest, [name]: value });
                }
            },
            `attribute ${name} ${refs.join(' ')}`,
        );
    }

    nudge(dx: number, dy: number) {
        this.reshape('move', this.selection.value, (shape) => geomOf(shape.kind).move(shape, dx, dy));
    }

    /** Boxes wider and higher, their top left corners staying where they are. */
    grow(dw: number, dh: number) {
        const boxes = this.selection.value.filter((ref) => this.doc.kind[this.doc.slot(ref)] === BOX);
        this.reshape('grow', boxes, ({ xy: [x, y, w, h], ...rest }) => ({ ...rest, xy: [x, y, Math.max(1, w + dw), Math.max(1, h + dh)] }));
    }

    /** What follows at once is taken back together. */
    reshape(label: string, refs: Ref[], change: (shape: Shape) => Shape) {
        const able = refs.filter((ref) => !this.isLocked(ref));
        this.tx(
            label,
            (tx) => {
                for (const ref of able) tx.set(ref, 'shape', change(this.doc.field(ref, 'shape')!));
            },
            `${label} ${able.join(' ')}`,
        );
    }

    // --- a gesture's preview

    preview(ref: Ref, shape: Shape) {
        this.previews.set(ref, shape);
        this.redraw();
    }

    dropPreviews() {
        this.previews.clear();
        this.redraw();
    }

    keepPreviews(label: string) {
        const previews = [...this.previews];
        this.previews.clear();
        this.tx(label, (tx) => {
            for (const [ref, shape] of previews) if (geomOf(shape.kind).bounds(shape).x1 > geomOf(shape.kind).bounds(shape).x0) tx.set(ref, 'shape', shape);
        });
    }

    isPreviewed(slot: number): boolean {
        return this.previews.has(this.doc.refs[slot]);
    }

    shownShape(slot: number): Shape {
        return this.previews.get(this.doc.refs[slot]) ?? this.doc.shape(slot);
    }

    // --- choosing

    select(wanted: Ref[]) {
        const refs = wanted.filter((ref) => this.doc.has(ref));
        this.selection.value = refs;
        // A pointer that only rests somewhere does not point at anything any more.
        this.hover.value = null;
        this.ghost = null;
        this.statics.choose(refs.map((ref) => this.doc.slot(ref)));
        this.redraw(true);
    }

    /** Chooses one label, or none, and shows it. */
    focusOn(ref: Ref | undefined) {
        this.select(ref === undefined ? [] : [ref]);
        if (ref === undefined) return;
        const [x0, y0, x1, y1] = this.doc.bounds.subarray(this.doc.slot(ref) * 4);
        this.camera.bringIntoSight({ x0, y0, x1, y1 });
    }

    /** In the order of the list, round and round. */
    step(by: 1 | -1) {
        const refs = this.listed();
        const now = this.focus.value ? refs.indexOf(this.focus.value) : by > 0 ? -1 : 0;
        if (refs.length) this.focusOn(refs[(now + by + refs.length) % refs.length]);
    }

    /** Where the focus goes when these are dealt with: the next in the list, else the one before; from predictions, only to others. */
    after(dealt: Ref[]): Ref | undefined {
        const gone = new Set(dealt);
        const checking = dealt.length > 0 && dealt.every((ref) => this.review.isPrediction(ref));
        const refs: readonly Ref[] = checking ? this.review.waiting() : this.listed();
        const at = refs.indexOf(dealt.at(-1)!);
        return refs.find((ref, i) => i > at && !gone.has(ref)) ?? refs.findLast((ref) => !gone.has(ref));
    }

    /** Labels with a place, as the list of objects shows them: truth, then predictions, the least sure first. */
    listed(): readonly Ref[] {
        return this.list.value;
    }
    private list = computed<readonly Ref[]>(() => {
        void [this.version.value, this.hiddenLayers.value, this.review.least.value];
        const { doc } = this;
        const slots = doc.alive().filter((slot) => doc.kind[slot] !== TAG && this.isInView(slot));
        const predicted = slots.filter((slot) => doc.layerName(slot) !== TRUTH).sort((a, b) => (doc.confidence(a) ?? 0) - (doc.confidence(b) ?? 0) || a - b);
        const all = predicted.length ? [...slots.filter((slot) => doc.layerName(slot) === TRUTH), ...predicted] : slots;
        return all.map((slot) => doc.refs[slot]);
    });

    selectAll() {
        this.select(this.doc.alive().filter((slot) => this.doc.kind[slot] !== TAG && this.isShown(slot) && this.doc.layerName(slot) === TRUTH).map((slot) => this.doc.refs[slot]));
    }

    /** Labels at a point, the one a press would choose first. */
    refsAt(x: number, y: number, touch = false): Ref[] {
        return this.labelsHidden.value ? [] : this.index.at(x, y, this.tolerance(touch) / 2, this.isPickable).map((slot) => this.doc.refs[slot]);
    }

    refsIn(x0: number, y0: number, x1: number, y1: number): Ref[] {
        return this.index.search(x0, y0, x1, y1).filter(this.isPickable).map((slot) => this.doc.refs[slot]);
    }

    private isPickable = (slot: number) => this.isShown(slot) && !this.isLocked(this.doc.refs[slot]);

    tolerance(touch = false): number {
        return (touch ? grabTouch_px : grab_px) / this.view.scale;
    }

    isShown(slot: number, doc = this.doc): boolean {
        return doc.isAlive(slot) && !(doc.flags[slot] & HIDDEN) && this.isInView(slot, doc);
    }

    /** Its layer is shown, and it is as sure as is asked for. */
    private isInView(slot: number, doc = this.doc): boolean {
        const layer = doc.layerName(slot);
        return layer === TRUTH || (!this.hiddenLayers.value.has(layer) && this.review.isSureEnough(slot, doc));
    }

    isLocked(ref: Ref): boolean {
        return this.readOnly.value || (this.doc.flags[this.doc.slot(ref)] & LOCKED) !== 0;
    }

    isHidden(ref: Ref): boolean {
        return (this.doc.flags[this.doc.slot(ref)] & HIDDEN) !== 0;
    }

    toggleHidden(refs: Ref[]) {
        const hide = refs.some((ref) => !this.isHidden(ref));
        this.doc.batch(() => {
            for (const ref of refs) this.doc.setFlag(ref, HIDDEN, hide);
        });
    }

    toggleLocked(refs: Ref[]) {
        const lock = refs.some((ref) => !(this.doc.flags[this.doc.slot(ref)] & LOCKED));
        this.doc.batch(() => {
            for (const ref of refs) this.doc.setFlag(ref, LOCKED, lock);
        });
    }

    toggleLayer(layer: string) {
        const hidden = new Set(this.hiddenLayers.value);
        if (!hidden.delete(layer)) hidden.add(layer);
        this.hiddenLayers.value = hidden;
        this.lookChanged();
    }

    /** Other labels are shown than before, or the same in another way. */
    lookChanged() {
        this.look.version++;
        this.statics.renew();
        if (this.loaded.value) this.redraw(true);
    }

    styleOf(slot: number): Style {
        const style = this.classes.styleOf(this.doc.className(slot));
        return this.doc.layerName(slot) === TRUTH ? style : { ...style, dash: [6, 4] };
    }

    // --- tools and view

    use(id: ToolId) {
        const next = this.tools.find((tool) => tool.id === id)!;
        if (next === this.tool.value) return;
        this.tool.value.cancel(this);
        this.hover.value = null;
        this.ghost = null;
        if (next.draws) this.lastDrawing = next.id;
        this.tool.value = next;
        this.redraw();
    }

    /** The drawing tool that was in hand last. */
    useLast() {
        this.use(this.lastDrawing);
    }

    /** Esc: first the draft, then the choice, then the tool. */
    escape() {
        if (this.tool.value.cancel(this)) return;
        if (this.selection.value.length) this.select([]);
        else if (this.tool.value.draws) this.use('select');
    }

    get cursor(): string {
        if (this.panning) return 'grabbing';
        if (this.panHeld) return 'grab';
        return this.tool.value.draws && this.crosshair.value ? 'none' : this.tool.value.cursor;
    }

    get view(): View {
        return this.camera.view;
    }

    get width(): number {
        return this.media?.width ?? this.loaded.value?.item.width ?? 0;
    }

    get height(): number {
        return this.media?.height ?? this.loaded.value?.item.height ?? 0;
    }

    clampToItem(x: number, y: number): [number, number] {
        return [Math.max(0, Math.min(this.width, x)), Math.max(0, Math.min(this.height, y))];
    }

    redraw(base = false) {
        this.stage?.redraw(base);
    }

    /** About the pointer, or else the middle. */
    zoomBy(factor: number) {
        const inside = this.pointerInside && this.pointer;
        this.camera.zoomBy(factor, inside ? inside.sx : this.view.width / 2, inside ? inside.sy : this.view.height / 2);
    }

    zoomToSelection() {
        const { bounds } = this.doc;
        const all = this.selection.value.map((ref) => bounds.subarray(this.doc.slot(ref) * 4, this.doc.slot(ref) * 4 + 4));
        if (!all.length) return this.camera.fit();
        const ends = (i: number, end: (...values: number[]) => number) => end(...all.map((b) => b[i]));
        this.camera.zoomOn({ x0: ends(0, Math.min), y0: ends(1, Math.min), x1: ends(2, Math.max), y1: ends(3, Math.max) });
    }

    setOpacity(opacity: number) {
        this.opacity.value = Math.round(Math.max(0.1, Math.min(1, opacity)) * 10) / 10;
        this.redraw(true);
    }

    setAdjust(adjust: Adjust) {
        this.adjust.value = adjust;
        this.redraw(true);
    }

    hideLabels(hide: boolean) {
        this.labelsHidden.value = hide;
        this.redraw(true);
    }

    say(hint: Hint) {
        this.hint.value = { hint, n: (this.hint.value?.n ?? 0) + 1 };
    }
}
