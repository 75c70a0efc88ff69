/** What is on the screen of a picture too large to hold, in its own pixels: tiles over its preview, fetched as they are seen. Where they lie: src/media/tiles.h. */
import { ApiError, at, send } from '../../api/client';

const tilePx = 512;
const previewPx = 4096;
/** Larger ones have tiles. */
export const largestSide = 8192;
/** Of a megabyte each. */
const keptTiles = 200;
/** Saves need connections too. */
const mostAsked = 3;
/** Until all are made, the server answers none. */
const pause_ms = 700;

export class Tiles {
    /** Those used last stand last. */
    private kept = new Map<string, ImageBitmap>();
    private asked = new Set<string>();
    /** On the screen and not here: the middle first. */
    private missing: string[] = [];
    private pause: ReturnType<typeof setTimeout> | undefined;
    private isOver = false;
    private levels = 0;

    constructor(
        private item: number,
        private width: number,
        private height: number,
        private come: () => void,
    ) {
        while (Math.max(width, height) > previewPx * 2 ** this.levels) this.levels++;
        // The first that is asked for has the server make them all: who opens such a picture will look closely.
        const middle = (px: number) => Math.floor(px / 2 / tilePx);
        this.missing = [`0/${middle(width)}/${middle(height)}`];
        this.ask();
    }

    /** Draws what is here of the part that is seen, and asks for the rest; the picture's corner is at (x, y). */
    draw(ctx: CanvasRenderingContext2D, x: number, y: number, scale: number, dpr: number) {
        const finest = Math.max(0, Math.min(this.levels - 1, Math.round(-Math.log2(scale * dpr))));
        const missing: { key: string; far: number }[] = [];
        const [right, bottom] = [ctx.canvas.width / dpr, ctx.canvas.height / dpr];
        for (let level = this.levels - 1; level >= finest; level--) {
            const side = tilePx * 2 ** level;
            const first = (from: number) => Math.max(0, Math.floor(-from / scale / side));
            const end = (from: number, to: number, size: number) => Math.ceil(Math.min(size, (to - from) / scale) / side);
            // Whole pixels of the screen, so that no seam shows.
            const snap = (v: number) => Math.round(v * dpr) / dpr;
            for (let row = first(y); row < end(y, bottom, this.height); row++)
                for (let column = first(x); column < end(x, right, this.width); column++) {
                    const key = `${level}/${column}/${row}`;
                    const tile = this.kept.get(key);
                    const [left, top] = [x + column * side * scale, y + row * side * scale];
                    if (tile) {
                        const [tileRight, tileBottom] = [left + tile.width * 2 ** level * scale, top + tile.height * 2 ** level * scale];
                        ctx.drawImage(tile, snap(left), snap(top), snap(tileRight) - snap(left), snap(tileBottom) - snap(top));
                        this.kept.delete(key);
                        this.kept.set(key, tile);
                    } else if (level === finest) missing.push({ key, far: Math.hypot(left + (side * scale - right) / 2, top + (side * scale - bottom) / 2) });
                }
        }
        this.missing = missing.sort((a, b) => a.far - b.far).map(({ key }) => key);
        this.ask();
    }

    /** The preview shows all that the screen can. */
    rest() {
        this.missing = [];
    }

    close() {
        this.isOver = true;
        clearTimeout(this.pause);
        for (const tile of this.kept.values()) tile.close();
        this.kept.clear();
    }

    private ask() {
        for (const key of this.missing) {
            // The first of all shows whether they are made.
            if (this.isOver || this.pause || this.asked.size >= (this.kept.size ? mostAsked : 1)) return;
            if (this.asked.has(key)) continue;
            this.asked.add(key);
            void this.fetch(key).finally(() => this.asked.delete(key)).then(() => this.ask());
        }
    }

    private async fetch(key: string) {
        try {
            const answer = await send('GET', at`items/${this.item}/tiles/` + key);
            const tile = await createImageBitmap(await answer.blob());
            if (this.isOver) return tile.close();
            this.kept.set(key, tile);
            this.missing = this.missing.filter((other) => other !== key);
            for (const [oldest, bitmap] of this.kept) {
                if (this.kept.size <= keptTiles) break;
                bitmap.close();
                this.kept.delete(oldest);
            }
            this.come();
        } catch (error) {
            // What cannot be made stays as the preview shows it.
            if (!(error instanceof ApiError && error.unsure)) this.isOver = true;
            else
                this.pause = setTimeout(() => {
                    this.pause = undefined;
                    this.ask();
                }, pause_ms);
        }
    }
}
