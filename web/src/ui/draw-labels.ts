/** Labels drawn small, on thumbnails: each stroke twice, so that it shows on any picture. */
import type { Label } from '../api/types';

export function drawLabels(ctx: CanvasRenderingContext2D, labels: Label[], colors: (name: string) => string, x: number, y: number, scale: number) {
    for (const label of labels) {
        const path = new Path2D();
        if (!trace(path, label, x, y, scale)) continue;
        ctx.setLineDash([]);
        ctx.strokeStyle = 'rgb(0 0 0 / 0.55)';
        ctx.lineWidth = 2.5;
        ctx.stroke(path);
        ctx.strokeStyle = colors(label.class);
        ctx.lineWidth = 1.25;
        ctx.setLineDash(label.layer === 'truth' ? [] : [4, 3]);
        ctx.stroke(path);
    }
    ctx.setLineDash([]);
}

function trace(path: Path2D, label: Label, x: number, y: number, scale: number): boolean {
    const ring = (xy: number[], close: boolean) => {
        for (let i = 0; i + 1 < xy.length; i += 2) {
            if (i) path.lineTo(x + xy[i] * scale, y + xy[i + 1] * scale);
            else path.moveTo(x + xy[i] * scale, y + xy[i + 1] * scale);
        }
        if (close) path.closePath();
    };
    if (label.box) {
        const [bx, by, w, h] = label.box;
        const turn = ((label.angle ?? 0) * Math.PI) / 180;
        const cos = Math.cos(turn);
        const sin = Math.sin(turn);
        const corners = [-w, -h, w, -h, w, h, -w, h].map((v) => v / 2);
        const turned: number[] = [];
        for (let i = 0; i < 8; i += 2) turned.push(bx + w / 2 + corners[i] * cos - corners[i + 1] * sin, by + h / 2 + corners[i] * sin + corners[i + 1] * cos);
        ring(turned, true);
    } else if (label.polygon) for (const part of label.polygon) for (const xy of part) ring(xy, true);
    else if (label.polyline) ring(label.polyline, false);
    else if (label.ellipse) {
        const [cx, cy, rx, ry] = label.ellipse;
        path.ellipse(x + cx * scale, y + cy * scale, rx * scale, ry * scale, ((label.angle ?? 0) * Math.PI) / 180, 0, Math.PI * 2);
    } else return false;
    return true;
}
