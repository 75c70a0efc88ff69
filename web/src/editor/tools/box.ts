/** Draws boxes, by dragging or by two clicks. */
import type { Editor } from '../editor';
import { boxOf } from '../model/geom/box';
import { BOX, type Shape } from '../model/shape';
import { strokeDraft } from '../render/overlay';
import type { View } from '../render/view';
import type { Pointer, Tool } from './tool';

const least_px = 3;

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
        const shape = this.shape(c);
        this.from = this.to = null;
        if (shape && shape.xy[2] > 0 && shape.xy[3] > 0) c.drawn(shape);
        c.redraw();
    }

    key(): boolean {
        return false;
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
