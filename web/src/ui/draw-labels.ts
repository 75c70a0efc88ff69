/** Labels drawn small, on thumbnails: each stroke twice, so that it shows on any picture; classes of the whole item as words. */
import type { Label } from '../api/types';
import { maskRuns } from '../editor/model/shape';

/** Colours of classes, and the edges between the points of their skeletons. */
export interface Look {
    color: (name: string) => string;
    edges: (name: string) => [number, number][];
}

/** Where the item's origin stands, and how long one of its pixels is there. */
export interface Place {
    x: number;
    y: number;
    scale: number;
}

export type Context = CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D;

export function drawLabels(ctx: Context, labels: Label[], look: Look, place: Place) {
    const words: Label[] = [];
    for (const label of labels) {
        if (label.tag) {
            if (label.class !== 'item') words.push(label);
            continue;
        }
        const color = look.color(label.class);
        const path = new Path2D();
        if (label.mask) {
            const area = traceMask(label.mask, place);
            ctx.fillStyle = color;
            ctx.globalAlpha = 0.45;
            ctx.fill(area);
            ctx.globalAlpha = 1;
        }
        trace(path, label, look, place);
        ctx.setLineDash([]);
        ctx.strokeStyle = 'rgb(0 0 0 / 0.55)';
        ctx.lineWidth = 2.5;
        ctx.stroke(path);
        ctx.strokeStyle = color;
        ctx.lineWidth = 1.25;
        ctx.setLineDash(label.layer === 'truth' ? [] : [4, 3]);
        ctx.stroke(path);
    }
    ctx.setLineDash([]);
    drawWords(ctx, words, look, place);
}

const mostWords = 4;
const lineHeight = 16;

/** One below the other in the upper left corner. */
function drawWords(ctx: Context, labels: Label[], look: Look, place: Place) {
    if (!labels.length) return;
    ctx.font = '11px system-ui, sans-serif';
    ctx.textBaseline = 'middle';
    const lines = labels.length > mostWords ? labels.slice(0, mostWords - 1) : labels;
    lines.forEach((label, i) => drawWord(ctx, label.class, look.color(label.class), i, place));
    if (lines.length < labels.length) drawWord(ctx, `+${labels.length - lines.length}`, 'transparent', lines.length, place);
}

function drawWord(ctx: Context, word: string, color: string, line: number, place: Place) {
    const x = place.x + 4;
    const y = place.y + 4 + line * (lineHeight + 2);
    ctx.fillStyle = 'rgb(19 21 24 / 0.85)';
    ctx.fillRect(x, y, ctx.measureText(word).width + 12, lineHeight);
    ctx.fillStyle = color;
    ctx.fillRect(x, y, 3, lineHeight);
    ctx.fillStyle = '#e9ebef';
    ctx.fillText(word, x + 7, y + lineHeight / 2 + 0.5);
}

function trace(path: Path2D, label: Label, look: Look, { x, y, scale }: Place) {
    const ring = (xy: number[], close: boolean) => {
        for (let i = 0; i + 1 < xy.length; i += 2) {
            if (i) path.lineTo(x + xy[i] * scale, y + xy[i + 1] * scale);
            else path.moveTo(x + xy[i] * scale, y + xy[i + 1] * scale);
        }
        if (close) path.closePath();
    };
    const dot = (px: number, py: number) => path.rect(x + px * scale - 1, y + py * scale - 1, 2, 2);
    if (label.box) {
        const [bx, by, w, h] = label.box;
        const turn = ((label.angle ?? 0) * Math.PI) / 180;
        const cos = Math.cos(turn);
        const sin = Math.sin(turn);
        const corners = [-w, -h, w, -h, w, h, -w, h].map((v) => v / 2);
        const turned: number[] = [];
        for (let i = 0; i < 8; i += 2) turned.push(bx + w / 2 + corners[i] * cos - corners[i + 1] * sin, by + h / 2 + corners[i] * sin + corners[i + 1] * cos);
        ring(turned, true);
    }
    if (label.polygon) for (const part of label.polygon) for (const xy of part) ring(xy, true);
    if (label.polyline) ring(label.polyline, false);
    if (label.points) for (let i = 0; i + 1 < label.points.length; i += 2) dot(label.points[i], label.points[i + 1]);
    if (label.ellipse) {
        const [cx, cy, rx, ry] = label.ellipse;
        path.moveTo(x + (cx + rx) * scale, y + cy * scale);
        path.ellipse(x + cx * scale, y + cy * scale, rx * scale, ry * scale, ((label.angle ?? 0) * Math.PI) / 180, 0, Math.PI * 2);
    }
    if (label.cuboid) {
        ring(label.cuboid.slice(0, 8), true);
        ring(label.cuboid.slice(8), true);
        for (let i = 0; i < 8; i += 2) ring([label.cuboid[i], label.cuboid[i + 1], label.cuboid[i + 8], label.cuboid[i + 9]], false);
    }
    if (label.skeleton) {
        const s = label.skeleton;
        for (let i = 0; i + 2 < s.length; i += 3) if (s[i + 2]) dot(s[i], s[i + 1]);
        for (const [a, b] of look.edges(label.class)) if (s[a * 3 + 2] && s[b * 3 + 2]) ring([s[a * 3], s[a * 3 + 1], s[b * 3], s[b * 3 + 1]], false);
    }
}

/** Runs stand column by column; of the columns that fall onto one of the screen's the first is enough. */
function traceMask({ size: [height], counts }: { size: number[]; counts: string }, { x, y, scale }: Place): Path2D {
    const path = new Path2D();
    const width = Math.max(1, scale);
    let at = 0;
    let isSet = false;
    for (const run of maskRuns(counts)) {
        for (let from = at; isSet && from < at + run; ) {
            const column = Math.floor(from / height);
            const to = Math.min(at + run, (column + 1) * height);
            const left = Math.floor(column * scale);
            if (scale >= 1 || column === 0 || left !== Math.floor((column - 1) * scale)) path.rect(x + (scale < 1 ? left : column * scale), y + (from - column * height) * scale, width, (to - from) * scale);
            from = to;
        }
        at += run;
        isSet = !isSet;
    }
    return path;
}
