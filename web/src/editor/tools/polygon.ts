/** Draws polygons: a click a point. Enter, a double click or the first point closes; Backspace takes a point back. */
import type { Editor } from '../editor';
import { POLYGON, round, type Shape } from '../model/shape';
import { dot, strokeDraft } from '../render/overlay';
import { toScreenX, toScreenY, type View } from '../render/view';
import type { Pointer, Tool } from './tool';

const closeBy_px = 8;
const apart_px = 3;

export class PolygonTool implements Tool {
    readonly id = 'polygon';
    readonly draws = true;
    readonly cursor = 'crosshair';
    private xy: number[] = [];
    private at: Pointer | null = null;

    down(p: Pointer, c: Editor) {
        this.at = p;
        if (this.xy.length >= 6 && this.nearFirst(p, c.view)) return this.close(c);
        if (p.clicks > 1 && this.xy.length) {
            // The first click of a double click has set this point already.
            if (this.xy.length >= 6) this.close(c);
            return;
        }
        const [x, y] = c.clampToItem(p.x, p.y);
        const n = this.xy.length;
        if (n && Math.hypot(toScreenX(c.view, this.xy[n - 2]) - p.sx, toScreenY(c.view, this.xy[n - 1]) - p.sy) < apart_px) return;
        this.xy.push(round(x), round(y));
        c.redraw();
    }

    move(p: Pointer, c: Editor) {
        this.at = p;
        if (this.xy.length) c.redraw();
    }

    up(p: Pointer) {
        this.at = p;
    }

    key(key: string, c: Editor): boolean {
        if (key === 'Enter' && this.xy.length) {
            this.close(c);
            return true;
        }
        if (key === 'Backspace') {
            this.xy.length = Math.max(0, this.xy.length - 2);
            c.redraw();
            return true;
        }
        return false;
    }

    finish(c: Editor) {
        if (this.xy.length >= 6) this.close(c);
    }

    cancel(c: Editor): boolean {
        const had = this.xy.length > 0;
        this.xy = [];
        c.redraw();
        return had;
    }

    draw(ctx: CanvasRenderingContext2D, view: View, c: Editor) {
        const n = this.xy.length;
        if (!n) return;
        const color = c.classes.colorOf(c.nextClass.value);
        const closing = this.at && n >= 6 && this.nearFirst(this.at, view);
        const xy = this.at && !closing ? [...this.xy, ...c.clampToItem(this.at.x, this.at.y)] : this.xy;
        const shape: Shape = { kind: POLYGON, xy, angle: 0 };
        strokeDraft(ctx, view, shape, color);
        for (let i = 0; i < n; i += 2) dot(ctx, toScreenX(view, this.xy[i]), toScreenY(view, this.xy[i + 1]), i === 0 && closing ? 6 : 3.5, color);
    }

    private nearFirst(p: Pointer, view: View): boolean {
        return Math.hypot(toScreenX(view, this.xy[0]) - p.sx, toScreenY(view, this.xy[1]) - p.sy) <= closeBy_px;
    }

    private close(c: Editor) {
        const { xy } = this;
        if (xy.length < 6) return c.say('polygonNeedsThree');
        this.xy = [];
        c.drawn({ kind: POLYGON, xy, angle: 0 });
        c.redraw();
    }
}
