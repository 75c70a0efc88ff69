/** What changes from moment to moment: what is touched, chosen or pointed at, drafts, guides, and the chip at the pointer. */
import type { Editor } from '../editor';
import { geomOf } from '../model/geom/geom';
import { type Shape, TAG } from '../model/shape';
import { toScreenX, toScreenY, type View } from './view';

const apart_px = 14;
const labelFont = '500 12px system-ui, sans-serif';

export function drawOverlay(ctx: CanvasRenderingContext2D, c: Editor) {
    const { view, doc } = c;
    const selected = new Set(c.selection.value.map((ref) => doc.slot(ref)));
    const hovered = c.hover.value === null ? -1 : doc.slot(c.hover.value);
    if (!c.labelsHidden.value) {
        ctx.globalAlpha = c.opacity.value;
        for (const slot of c.statics.onTop()) if (!selected.has(slot) && c.isShown(slot)) strokeLabel(ctx, view, c, slot, 'plain');
        if (hovered >= 0 && !selected.has(hovered) && c.isShown(hovered)) strokeLabel(ctx, view, c, hovered, 'hover');
        ctx.globalAlpha = 1;
        for (const slot of selected) if (c.isShown(slot) && (!c.statics.isMarked(slot) || c.isPreviewed(slot))) strokeLabel(ctx, view, c, slot, 'selected');
        if (selected.size === 1) drawHandles(ctx, view, c, [...selected][0]);
        const named = hovered >= 0 ? hovered : selected.size === 1 ? [...selected][0] : -1;
        if (named >= 0 && c.isShown(named) && !c.isDragging) nameLabel(ctx, view, c, named);
    }
    if (c.ghost && !c.tool.value.draws) dot(ctx, toScreenX(view, c.ghost[0]), toScreenY(view, c.ghost[1]), 4, '#fff');
    if (c.tool.value.draws && c.pointer && c.pointerInside) {
        if (c.crosshair.value) drawCrosshair(ctx, view, c.pointer.sx, c.pointer.sy);
    }
    c.tool.value.draw(ctx, view, c);
    if (c.tool.value.draws && c.pointer && c.pointerInside && !c.pointer.touch) nextChip(ctx, view, c, c.pointer.sx, c.pointer.sy);
}

function pathOf(shape: Shape): Path2D {
    const path = new Path2D();
    geomOf(shape.kind).trace(path, shape);
    return path;
}

function inWorld(ctx: CanvasRenderingContext2D, view: View, draw: (unit: number) => void) {
    ctx.save();
    ctx.transform(view.scale, 0, 0, view.scale, -view.x * view.scale, -view.y * view.scale);
    draw(1 / view.scale);
    ctx.restore();
}

function strokeLabel(ctx: CanvasRenderingContext2D, view: View, c: Editor, slot: number, how: 'plain' | 'hover' | 'selected') {
    const shape = c.shownShape(slot);
    if (shape.kind === TAG) return;
    const { color, dash } = c.styleOf(slot);
    const alpha = ctx.globalAlpha;
    inWorld(ctx, view, (unit) => {
        const path = pathOf(shape);
        ctx.lineJoin = 'round';
        ctx.fillStyle = color;
        ctx.globalAlpha = alpha * { plain: 0.18, hover: 0.32, selected: 0.1 }[how];
        if (geomOf(shape.kind).filled) ctx.fill(path, 'evenodd');
        ctx.globalAlpha = how === 'selected' ? 0.9 : alpha * 0.55;
        ctx.strokeStyle = how === 'selected' ? color : '#000';
        ctx.lineWidth = (how === 'selected' ? 4 : 3) * unit;
        ctx.stroke(path);
        ctx.globalAlpha = how === 'selected' ? 1 : alpha;
        ctx.strokeStyle = how === 'selected' ? '#fff' : color;
        ctx.lineWidth = 1.5 * unit;
        ctx.setLineDash(dash.map((d) => d * unit));
        ctx.stroke(path);
    });
}

export function strokeDraft(ctx: CanvasRenderingContext2D, view: View, shape: Shape, color: string) {
    inWorld(ctx, view, (unit) => {
        const path = pathOf(shape);
        ctx.lineJoin = 'round';
        ctx.globalAlpha = 0.12;
        ctx.fillStyle = color;
        ctx.fill(path, 'evenodd');
        ctx.globalAlpha = 0.55;
        ctx.strokeStyle = '#000';
        ctx.lineWidth = 3 * unit;
        ctx.stroke(path);
        ctx.globalAlpha = 1;
        ctx.strokeStyle = color;
        ctx.lineWidth = 1.5 * unit;
        ctx.stroke(path);
    });
}

export function dot(ctx: CanvasRenderingContext2D, x: number, y: number, radius: number, color: string) {
    ctx.beginPath();
    ctx.arc(x, y, radius, 0, Math.PI * 2);
    ctx.fillStyle = '#fff';
    ctx.fill();
    ctx.lineWidth = 1.5;
    ctx.strokeStyle = color === '#fff' ? '#1467c2' : color;
    ctx.stroke();
}

function drawHandles(ctx: CanvasRenderingContext2D, view: View, c: Editor, slot: number) {
    if (c.tool.value.draws || !c.isShown(slot) || c.isLocked(c.doc.refs[slot])) return;
    const { color } = c.styleOf(slot);
    const shape = c.shownShape(slot);
    const points = geomOf(shape.kind).handles(shape);
    // Of corners that crowd, some stand for all, and the one that a press would take.
    const near = c.pointer && c.pointerInside ? c.pointer : null;
    let [lastX, lastY] = [Number.NEGATIVE_INFINITY, 0];
    for (let i = 0; i + 1 < points.length; i += 2) {
        const x = toScreenX(view, points[i]);
        const y = toScreenY(view, points[i + 1]);
        if (x < -8 || y < -8 || x > view.width + 8 || y > view.height + 8) continue;
        const isNear = near && Math.hypot(x - near.sx, y - near.sy) < 8;
        if (!isNear && Math.hypot(x - lastX, y - lastY) < apart_px) continue;
        [lastX, lastY] = [x, y];
        ctx.fillStyle = '#fff';
        ctx.strokeStyle = color;
        ctx.lineWidth = 1.5;
        ctx.beginPath();
        ctx.rect(x - 4, y - 4, 8, 8);
        ctx.fill();
        ctx.stroke();
    }
}

/** The class at the top left corner of a label. */
function nameLabel(ctx: CanvasRenderingContext2D, view: View, c: Editor, slot: number) {
    const { x0, y0 } = geomOf(c.doc.kind[slot]).bounds(c.shownShape(slot));
    const confidence = c.doc.confidence(slot);
    const text = c.doc.className(slot) + (confidence === null ? '' : ` ${confidence.toFixed(2)}`);
    const x = Math.max(4, toScreenX(view, x0));
    const y = Math.max(24, toScreenY(view, y0) - 4);
    chip(ctx, text, c.styleOf(slot).color, x, y - 20);
}

/** Which class comes next. */
function nextChip(ctx: CanvasRenderingContext2D, view: View, c: Editor, sx: number, sy: number) {
    const name = c.nextClass.value;
    if (!name) return;
    ctx.font = labelFont;
    const width = ctx.measureText(name).width + 19;
    const x = sx + 14 + width > view.width ? sx - 14 - width : sx + 14;
    const y = sy + 38 > view.height ? sy - 34 : sy + 14;
    chip(ctx, name, c.classes.colorOf(name), x, y);
}

function chip(ctx: CanvasRenderingContext2D, text: string, color: string, x: number, y: number) {
    ctx.font = labelFont;
    const width = ctx.measureText(text).width + 19;
    ctx.globalAlpha = 0.85;
    ctx.fillStyle = '#131518';
    ctx.beginPath();
    ctx.roundRect(x, y, width, 20, 4);
    ctx.fill();
    ctx.globalAlpha = 1;
    ctx.fillStyle = color;
    ctx.fillRect(x + 4, y + 4, 3, 12);
    ctx.fillStyle = '#e9ebef';
    ctx.textBaseline = 'middle';
    ctx.fillText(text, x + 12, y + 10.5);
}

function drawCrosshair(ctx: CanvasRenderingContext2D, view: View, x: number, y: number) {
    const px = Math.round(x) + 0.5;
    const py = Math.round(y) + 0.5;
    ctx.setLineDash([]);
    for (const [style, width] of [['rgb(0 0 0 / 0.5)', 3] as const, ['rgb(255 255 255 / 0.9)', 1] as const]) {
        ctx.strokeStyle = style;
        ctx.lineWidth = width;
        ctx.beginPath();
        ctx.moveTo(px, 0);
        ctx.lineTo(px, view.height);
        ctx.moveTo(0, py);
        ctx.lineTo(view.width, py);
        ctx.stroke();
    }
}
