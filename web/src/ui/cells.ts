/** What the cells of the grid show: pictures with their labels, each put together once and then only copied from frame to frame. */
import type { ThumbnailLabels } from '../api/thumbnail-labels';
import type { Thumbnails } from '../api/thumbnails';
import type { Item, Label } from '../api/types';
import { t } from '../texts';
import { type Context, drawLabels, type Look } from './draw-labels';
import type { Box } from './grid';

const keepBytes = 96 << 20;
/** Of a frame for putting cells together; what is over waits for the next. */
const budget_ms = 5;


export class Cells {
    private ready = new Map<number, OffscreenCanvas>();
    private bytes = 0;
    private began = 0;

    constructor(
        private thumbnails: Thumbnails,
        private labels: ThumbnailLabels | null,
        private look: Look & { surface: string },
        private again: () => void,
    ) {}

    /** Before the cells of a frame. */
    begin() {
        this.began = performance.now();
    }

    draw(ctx: CanvasRenderingContext2D, item: Item | undefined, box: Box) {
        const made = item && this.ready.get(item.id);
        if (made && made.width === Math.round(box.w * devicePixelRatio) && made.height === Math.round(box.h * devicePixelRatio)) {
            ctx.drawImage(made, box.x, box.y, box.w, box.h);
            return;
        }
        const picture = !item ? undefined : item.media ? this.thumbnails.get(item.id) : null;
        const labels = !item ? undefined : this.labels ? this.labels.get(item) : [];
        if (!item || picture === undefined) {
            ctx.fillStyle = this.look.surface;
            ctx.fillRect(box.x, box.y, box.w, box.h);
        } else if (!labels || !(picture || labels.length) || performance.now() - this.began > budget_ms) {
            this.compose(ctx, box, item, picture, []);
            if (labels?.length) this.again();
        } else ctx.drawImage(this.make(item, box, picture, labels), box.x, box.y, box.w, box.h);
    }

    private make(item: Item, { w, h }: Box, picture: ImageBitmap | null, labels: Label[]): OffscreenCanvas {
        const dpr = devicePixelRatio;
        const canvas = new OffscreenCanvas(Math.round(w * dpr), Math.round(h * dpr));
        const ctx = canvas.getContext('2d')!;
        ctx.scale(dpr, dpr);
        this.compose(ctx, { x: 0, y: 0, w, h }, item, picture, labels);
        this.keep(item.id, canvas);
        return canvas;
    }

    private keep(id: number, canvas: OffscreenCanvas) {
        const weigh = ({ width, height }: OffscreenCanvas) => width * height * 4;
        const old = this.ready.get(id);
        if (old) this.bytes -= weigh(old);
        this.ready.delete(id);
        this.ready.set(id, canvas);
        this.bytes += weigh(canvas);
        for (const [other, kept] of this.ready) {
            if (this.bytes <= keepBytes) break;
            this.ready.delete(other);
            this.bytes -= weigh(kept);
        }
    }

    private compose(ctx: Context, box: Box, item: Item, picture: ImageBitmap | null, labels: Label[]) {
        const { w, h } = box;
        // Without a picture the labels stand in an empty frame of the item's shape.
        const width = picture?.width ?? (item.width || w);
        const height = picture?.height ?? (item.height || h);
        const scale = Math.min(w / width, h / height, picture && item.width && item.width < width ? item.width / width : Number.POSITIVE_INFINITY);
        const x = box.x + (w - width * scale) / 2;
        const y = box.y + (h - height * scale) / 2;
        if (picture) ctx.drawImage(picture, x, y, width * scale, height * scale);
        else {
            ctx.fillStyle = this.look.surface;
            ctx.fillRect(x, y, width * scale, height * scale);
            ctx.fillStyle = '#82868e';
            ctx.font = '12px system-ui, sans-serif';
            ctx.textAlign = 'center';
            ctx.textBaseline = 'middle';
            ctx.fillText(item.media ? t.grid.broken : t.grid.noMedia, box.x + w / 2, box.y + h / 2, w - 8);
            ctx.textAlign = 'start';
        }
        if (!labels.length || !item.width) return;
        ctx.beginPath();
        ctx.rect(x, y, width * scale, height * scale);
        ctx.clip();
        drawLabels(ctx, labels, this.look, { x, y, scale: (width * scale) / item.width });
    }
}
