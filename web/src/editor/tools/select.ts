/** Chooses, moves and reshapes. A press on nothing draws a frame that chooses what it touches. */
import type { Editor } from '../editor';
import type { Ref } from '../model/doc';
import { cursorOf, geomOf, type Hit } from '../model/geom/geom';
import { insertVertex, removeVertex } from '../model/geom/path';
import type { Shape } from '../model/shape';
import { toScreenX, toScreenY, type View } from '../render/view';
import type { Pointer, Tool } from './tool';

const start_px = 3;

type Drag =
    | { what: 'press'; from: Pointer; ref: Ref | null; hit: Hit | null; wasSelected: boolean }
    | { what: 'move'; from: Pointer; shapes: Map<Ref, Shape> }
    /** Too many to be drawn one by one at every frame. */
    | { what: 'carry'; from: Pointer; refs: Ref[]; dx: number; dy: number }
    | { what: 'reshape'; ref: Ref; hit: Hit; shape: Shape }
    | { what: 'frame'; from: Pointer; to: Pointer; kept: Ref[] };

export class SelectTool implements Tool {
    readonly id = 'select';
    readonly draws = false;
    cursor = 'default';
    private drag: Drag | null = null;

    down(p: Pointer, c: Editor) {
        const [only] = c.selection.value.length === 1 ? c.selection.value : [];
        const handle = only && !c.isLocked(only) ? this.handleAt(only, p, c) : null;
        if (only && handle) {
            const shape = c.doc.entry(only)!.shape;
            if (handle.part === 'vertex' && p.alt) {
                const less = removeVertex(shape, handle.index);
                if (less) c.tx('removeVertex', (tx) => tx.set(only, 'shape', less));
                else c.say('tooFewPoints');
                return;
            }
            if (handle.part === 'edge') {
                const more = insertVertex(shape, handle.index, p.x, p.y);
                this.drag = { what: 'reshape', ref: only, hit: { part: 'vertex', index: handle.index + 1 }, shape: more };
                c.preview(only, more);
                return;
            }
            this.drag = { what: 'reshape', ref: only, hit: handle, shape };
            return;
        }
        const stack = c.refsAt(p.x, p.y, p.touch);
        let ref: Ref | null = stack[0] ?? null;
        // A press with Alt goes to the next one below.
        if (p.alt && stack.length) ref = stack[(stack.indexOf(c.focus.value ?? '') + 1) % stack.length];
        else if (stack.length > 1 && c.selection.value.some((chosen) => stack.includes(chosen))) ref = c.selection.value.find((chosen) => stack.includes(chosen))!;
        const wasSelected = ref !== null && c.selection.value.includes(ref);
        if (ref && !wasSelected) c.select(p.shift || p.ctrl ? [...c.selection.value, ref] : [ref]);
        else if (ref && (p.shift || p.ctrl)) c.select(c.selection.value.filter((other) => other !== ref));
        this.drag = { what: 'press', from: p, ref, hit: null, wasSelected };
    }

    move(p: Pointer, c: Editor) {
        const { drag } = this;
        if (!drag) {
            this.hover(p, c);
            return;
        }
        if (drag.what === 'press') {
            if (Math.abs(p.sx - drag.from.sx) < start_px && Math.abs(p.sy - drag.from.sy) < start_px) return;
            if (drag.ref) {
                const refs = c.selection.value.filter((ref) => !c.isLocked(ref));
                if (refs.length < c.selection.value.length) c.statics.choose(refs.map((ref) => c.doc.slot(ref)));
                if (refs.length && c.statics.isMarked(c.doc.slot(refs[0]))) this.drag = { what: 'carry', from: drag.from, refs, dx: 0, dy: 0 };
                else this.drag = { what: 'move', from: drag.from, shapes: new Map(refs.map((ref) => [ref, c.doc.entry(ref)!.shape])) };
            } else this.drag = { what: 'frame', from: drag.from, to: p, kept: drag.from.shift ? c.selection.value : [] };
            this.move(p, c);
        } else if (drag.what === 'move') {
            const dx = Math.round((p.x - drag.from.x) * 100) / 100;
            const dy = Math.round((p.y - drag.from.y) * 100) / 100;
            for (const [ref, shape] of drag.shapes) c.preview(ref, geomOf(shape.kind).move(shape, dx, dy));
        } else if (drag.what === 'carry') {
            drag.dx = Math.round((p.x - drag.from.x) * 100) / 100;
            drag.dy = Math.round((p.y - drag.from.y) * 100) / 100;
            c.statics.carries(drag.dx, drag.dy);
            c.redraw(true);
        } else if (drag.what === 'reshape') {
            const [x, y] = c.clampToItem(p.x, p.y);
            c.preview(drag.ref, geomOf(drag.shape.kind).drag(drag.shape, drag.hit, x, y, p.shift));
        } else {
            drag.to = p;
            const refs = c.refsIn(Math.min(drag.from.x, p.x), Math.min(drag.from.y, p.y), Math.max(drag.from.x, p.x), Math.max(drag.from.y, p.y));
            c.select([...new Set([...drag.kept, ...refs])]);
            c.redraw();
        }
    }

    up(p: Pointer, c: Editor) {
        const { drag } = this;
        this.drag = null;
        if (!drag) return;
        if (drag.what === 'press') {
            if (!drag.ref && !drag.from.shift) c.select([]);
            else if (drag.ref && drag.wasSelected && !drag.from.shift && !drag.from.ctrl && !drag.from.alt && c.selection.value.length > 1) c.select([drag.ref]);
        } else if (drag.what === 'move') c.keepPreviews('move');
        else if (drag.what === 'carry') {
            c.statics.putDown();
            c.reshape('move', drag.refs, (shape) => geomOf(shape.kind).move(shape, drag.dx, drag.dy));
        }
        // Those that are locked stayed behind.
        if (drag.what === 'move' || drag.what === 'carry') c.select(c.selection.value);
        else if (drag.what === 'reshape') c.keepPreviews('reshape');
        c.redraw();
        this.hover(p, c);
    }

    key(): boolean {
        return false;
    }

    cancel(c: Editor): boolean {
        const had = this.drag !== null;
        if (this.drag?.what === 'carry') {
            c.statics.putDown();
            c.select(c.selection.value);
        }
        this.drag = null;
        c.dropPreviews();
        return had;
    }

    draw(ctx: CanvasRenderingContext2D, view: View) {
        if (this.drag?.what !== 'frame') return;
        const { from, to } = this.drag;
        const x = toScreenX(view, from.x);
        const y = toScreenY(view, from.y);
        const w = toScreenX(view, to.x) - x;
        const h = toScreenY(view, to.y) - y;
        ctx.fillStyle = 'rgb(83 163 242 / 0.15)';
        ctx.fillRect(x, y, w, h);
        ctx.strokeStyle = '#53a3f2';
        ctx.lineWidth = 1;
        ctx.setLineDash([]);
        ctx.strokeRect(x, y, w, h);
    }

    private handleAt(ref: Ref, p: Pointer, c: Editor): Hit | null {
        const slot = c.doc.slot(ref);
        if (slot < 0 || !c.isShown(slot)) return null;
        const shape = c.doc.shape(slot);
        const hit = geomOf(shape.kind).hit(shape, p.x, p.y, c.tolerance(p.touch), true);
        return hit && hit.part !== 'body' ? hit : null;
    }

    private hover(p: Pointer, c: Editor) {
        const [only] = c.selection.value.length === 1 ? c.selection.value : [];
        const handle = only && !c.isLocked(only) ? this.handleAt(only, p, c) : null;
        const ref = c.refsAt(p.x, p.y, p.touch)[0] ?? null;
        c.hover.value = handle ? only : ref;
        c.ghost = handle?.part === 'edge' ? [p.x, p.y] : null;
        if (handle) this.cursor = handle.part === 'vertex' && p.alt ? 'not-allowed' : cursorOf(handle, c.doc.shape(c.doc.slot(only)));
        else this.cursor = ref && c.selection.value.includes(ref) ? 'move' : 'default';
        c.redraw();
    }
}
