/** The picture of an item: decoded once, kept in halves for quick drawing from far away, and seen through a curve of brightness. */
import { ApiError, failure, url } from '../../api/client';
import type { Item } from '../../api/types';
import { pictureOf, startDecoder } from './decoder';
import { largestSide, Tiles } from './tiles';

export interface Adjust {
    /** -1 to 1. */
    brightness: number;
    contrast: number;
    /** 0.2 to 5; 1 leaves it as it is. */
    gamma: number;
}

export const plain: Adjust = { brightness: 0, contrast: 0, gamma: 1 };
export const isPlain = (a: Adjust) => a.brightness === 0 && a.contrast === 0 && a.gamma === 1;

/** What a level of 0 to 255 becomes. */
export function curve({ brightness, contrast, gamma }: Adjust): Uint8ClampedArray {
    const out = new Uint8ClampedArray(256);
    const slope = Math.tan(((contrast + 1) * Math.PI) / 4);
    for (let i = 0; i < 256; i++) {
        const lifted = (i / 255) ** (1 / gamma);
        out[i] = 255 * ((lifted - 0.5) * Math.min(slope, 255) + 0.5 + brightness);
    }
    return out;
}

const showable = /^image\/(jpeg|png|webp|gif|avif|bmp)$/;
/** A picture no larger is kept as the curve makes it. */
const keptPixels = 1_500_000;

export class Media {
    private adjusted: { key: string; picture: HTMLCanvasElement }[] = [];
    private tiles: Tiles | null;
    /** Called when more of it can be drawn. */
    changed = () => {};

    private constructor(
        item: number,
        private halves: ImageBitmap[],
        /** Size of the item, which labels are measured in; the picture may be smaller. */
        readonly width: number,
        readonly height: number,
    ) {
        this.tiles = Math.max(width, height) > largestSide ? new Tiles(item, width, height, () => this.changed()) : null;
    }

    /** Asks for the picture before it is known what it is; `about` tells when that has come. */
    static async load(item: number, about: Promise<Item>): Promise<Media> {
        startDecoder();
        const original = new AbortController();
        const early = fetchPicture(item, 'media', original.signal);
        early.catch(() => {});
        const { width, height, media_type: type } = await about;
        const needsPreview = (type && !showable.test(type)) || Math.max(width, height) > largestSide;
        if (needsPreview) original.abort();
        let halves: ImageBitmap[];
        try {
            halves = await pictureOf(await (needsPreview ? fetchPicture(item, 'preview') : early));
        } catch (error) {
            if (needsPreview || error instanceof ApiError) throw error;
            halves = await pictureOf(await fetchPicture(item, 'preview'));
        }
        return new Media(item, halves, width || halves[0].width, height || halves[0].height);
    }

    /** In memory. */
    get bytes(): number {
        return this.halves.reduce((sum, { width, height }) => sum + width * height * 4, 0);
    }

    /** Draws the item's pixels with its corner at (x, y), so many screen pixels for each of its own. */
    draw(ctx: CanvasRenderingContext2D, x: number, y: number, scale: number, dpr: number, adjust: Adjust) {
        const base = this.halves[0];
        const own = (scale * this.width * dpr) / base.width;
        const level = own >= 1 ? 0 : Math.min(this.halves.length - 1, Math.floor(Math.log2(1 / own)));
        const half = this.halves[level];
        const isSmall = !this.tiles && half.width * half.height <= keptPixels;
        const source = isPlain(adjust) || !isSmall ? half : this.withCurve(half, level, adjust);
        ctx.imageSmoothingEnabled = own < 3;
        ctx.imageSmoothingQuality = 'low';
        ctx.drawImage(source, x, y, this.width * scale, this.height * scale);
        if (own > 1) this.tiles?.draw(ctx, x, y, scale, dpr);
        else this.tiles?.rest();
        if (!isPlain(adjust) && !isSmall) this.curveSeen(ctx, x, y, scale, dpr, adjust);
    }

    close() {
        for (const half of this.halves) half.close();
        this.halves = [];
        this.adjusted = [];
        this.tiles?.close();
    }

    /** Done once for a setting, not at every frame. */
    private withCurve(from: ImageBitmap, level: number, adjust: Adjust): HTMLCanvasElement {
        const key = `${adjust.brightness} ${adjust.contrast} ${adjust.gamma}`;
        const known = this.adjusted[level];
        if (known?.key === key) return known.picture;
        const picture = known?.picture ?? document.createElement('canvas');
        picture.width = from.width;
        picture.height = from.height;
        const ctx = picture.getContext('2d', { willReadFrequently: true })!;
        ctx.drawImage(from, 0, 0);
        bend(ctx, 0, 0, from.width, from.height, adjust);
        this.adjusted[level] = { key, picture };
        return picture;
    }

    /** Of a large picture only what is on the screen: a slider must not wait for the rest. */
    private curveSeen(ctx: CanvasRenderingContext2D, x: number, y: number, scale: number, dpr: number, adjust: Adjust) {
        const x0 = Math.max(0, Math.floor(x * dpr));
        const y0 = Math.max(0, Math.floor(y * dpr));
        const x1 = Math.min(ctx.canvas.width, Math.ceil((x + this.width * scale) * dpr));
        const y1 = Math.min(ctx.canvas.height, Math.ceil((y + this.height * scale) * dpr));
        if (x1 > x0 && y1 > y0) bend(ctx, x0, y0, x1 - x0, y1 - y0, adjust);
    }
}

function bend(ctx: CanvasRenderingContext2D, x: number, y: number, width: number, height: number, adjust: Adjust) {
    const levels = curve(adjust);
    const image = ctx.getImageData(x, y, width, height);
    const { data } = image;
    for (let i = 0; i < data.length; i += 4) {
        data[i] = levels[data[i]];
        data[i + 1] = levels[data[i + 1]];
        data[i + 2] = levels[data[i + 2]];
    }
    ctx.putImageData(image, x, y);
}

async function fetchPicture(item: number, what: 'media' | 'preview', signal?: AbortSignal): Promise<Blob> {
    let response: Response;
    try {
        response = await fetch(url(`items/${item}/${what}`), { signal, credentials: 'same-origin' });
    } catch (error) {
        if (signal?.aborted) throw error;
        throw new ApiError(0, 'offline', '');
    }
    if (!response.ok) throw await failure(response);
    return response.blob();
}
