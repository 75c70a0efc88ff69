/** Draws boxes, by dragging or by two clicks. */
import type { Editor } from '../editor';
import { boxOf } from '../model/geom/box';
import { BOX, type Shape } from '../model/shape';
import { strokeDraft } from '../render/overlay';
import type { View } from '../render/view';
import type { Pointer, Tool } from './tool';

const least_px = 3;
const nowhere: Pointer = { x: 0, y: 0, sx: 0, sy: 0, shift: false, ctrl: false, alt: false, clicks: 1, touch: false };

export class BoxTool implements Tool {
    readonly id = 'box';
    readonly draws = true;
    readonly cursor = 'crosshair';
    private from: Pointer | null = null;
    private to: Pointer | null = null;
    private pressed = false;

    down(p: Pointer) {
        this.pressed = true;
        if (!this.from) this.from = p;
        this.to = p;
    }

    move(p: Pointer, c: Editor) {
        if (!this.from) return;
        this.to = p;
        c.redraw();
    }

    up(p: Pointer, c: Editor) {
        if (!this.pressed || !this.from) return;
        this.pressed = false;
        this.to = p;
        // A press and release in one place is the first of two clicks.
        if (Math.abs(p.sx - this.from.sx) < least_px && Math.abs(p.sy - this.from.sy) < least_px) return c.redraw();
        this.close(c);
    }

    private close(c: Editor) {
        const shape = this.shape(c);
        this.from = this.to = null;
        if (shape && shape.xy[2] > 0 && shape.xy[3] > 0) c.drawn(shape);
        c.redraw();
    }

    /** Without a pointer: a box in the middle of what is seen, for arrows to move and to stretch. */
    private spanMiddle(c: Editor) {
        const { view } = c;
        const corner = (share: number) => ({ ...nowhere, x: view.x + (view.width / view.scale) * share, y: view.y + (view.height / view.scale) * share });
        this.from = corner(0.4);
        this.to = corner(0.6);
    }

    key(key: string, c: Editor): boolean {
        if (key === 'Backspace') {
            this.cancel(c);
            return true;
        }
        if (key !== 'Enter' || (!this.from && c.review.targets().length)) return false;
        if (!this.from) this.spanMiddle(c);
        this.close(c);
        return true;
    }

    cancel(c: Editor): boolean {
        const had = this.from !== null;
        this.from = this.to = null;
        this.pressed = false;
        c.redraw();
        return had;
    }

    draw(ctx: CanvasRenderingContext2D, view: View, c: Editor) {
        const shape = this.shape(c);
        if (shape) strokeDraft(ctx, view, shape, c.classes.colorOf(c.nextClass.value));
    }

    private shape(c: Editor): Shape | null {
        if (!this.from || !this.to) return null;
        let { x, y } = this.to;
        if (this.to.shift) {
            const side = Math.max(Math.abs(x - this.from.x), Math.abs(y - this.from.y));
            x = this.from.x + side * Math.sign(x - this.from.x || 1);
            y = this.from.y + side * Math.sign(y - this.from.y || 1);
        }
        const [ax, ay] = c.clampToItem(this.from.x, this.from.y);
        const [bx, by] = c.clampToItem(x, y);
        return { kind: BOX, xy: boxOf(ax, ay, bx, by), angle: 0 };
    }
}
