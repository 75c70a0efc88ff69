/** Thumbnails by the hundred: what is asked for in one go travels in one request; decoded pictures are kept up to a bound. */
import { send } from './client';

/** One request is served by one thread: several at a time keep all workers busy, and the first rows show early. */
const batchLimit = 64;
const keepBytes = 160 << 20;
/** What is there by then is shown; the answer leaves out what takes longer, and the next drawing asks for it again. */
const within_ms = 400;
const again_ms = 2000;

type Entry = { picture: ImageBitmap | null; bytes: number };

export class Thumbnails {
    private pictures = new Map<number, Entry>();
    private wanted = new Set<number>();
    private asked = new Set<number>();
    private bytes = 0;
    private scheduled = false;

    constructor(
        readonly size: number,
        private arrived: () => void,
    ) {}

    /** undefined: not here yet (it is on its way now); null: the item has none. */
    get(item: number): ImageBitmap | null | undefined {
        const entry = this.pictures.get(item);
        if (!entry) {
            this.want(item);
            return undefined;
        }
        this.pictures.delete(item);
        this.pictures.set(item, entry);
        return entry.picture;
    }

    /** Forgets what is wanted but not asked for yet: it has been scrolled past. */
    drop() {
        this.wanted.clear();
    }

    close() {
        for (const { picture } of this.pictures.values()) picture?.close();
        this.pictures.clear();
        this.bytes = 0;
        this.arrived = () => {};
    }

    private want(item: number) {
        if (this.asked.has(item)) return;
        this.wanted.add(item);
        if (this.scheduled) return;
        this.scheduled = true;
        queueMicrotask(() => {
            this.scheduled = false;
            const items = [...this.wanted];
            this.wanted.clear();
            for (let i = 0; i < items.length; i += batchLimit) void this.load(items.slice(i, i + batchLimit));
        });
    }

    private async load(items: number[]) {
        for (const item of items) this.asked.add(item);
        try {
            const response = await send('GET', 'thumbnails', { query: { ids: items.join(','), size: this.size, within: within_ms } });
            const parts = splitBatch(await response.arrayBuffer());
            await Promise.all(
                parts.map(async ({ item, bytes }) => {
                    const picture = bytes.length ? await pictureOf(bytes).catch(() => null) : null;
                    this.keep(item, picture);
                }),
            );
        } catch {
            await new Promise((resolve) => setTimeout(resolve, again_ms));
        }
        for (const item of items) this.asked.delete(item);
        this.arrived();
    }

    private keep(item: number, picture: ImageBitmap | null) {
        const bytes = picture ? picture.width * picture.height * 4 : 0;
        this.pictures.set(item, { picture, bytes });
        this.bytes += bytes;
        for (const [old, entry] of this.pictures) {
            if (this.bytes <= keepBytes) break;
            entry.picture?.close();
            this.bytes -= entry.bytes;
            this.pictures.delete(old);
        }
    }
}

/** A JPEG or PNG. Where the browser decodes from bytes there is no need of a Blob: to make one takes longer than to decode what is in it. */
async function pictureOf(bytes: Uint8Array<ArrayBuffer>): Promise<ImageBitmap> {
    if (!('ImageDecoder' in globalThis)) return createImageBitmap(new Blob([bytes]));
    const decoder = new ImageDecoder({ data: bytes, type: bytes[0] === 0x89 ? 'image/png' : 'image/jpeg' });
    try {
        const { image } = await decoder.decode();
        const picture = await createImageBitmap(image);
        image.close();
        return picture;
    } finally {
        decoder.close();
    }
}

/** For each picture: id u64, size u32 (both little-endian), bytes. */
export function splitBatch(batch: ArrayBuffer): { item: number; bytes: Uint8Array<ArrayBuffer> }[] {
    const view = new DataView(batch);
    const parts = [];
    for (let at = 0; at + 12 <= batch.byteLength; ) {
        const item = Number(view.getBigUint64(at, true));
        const size = view.getUint32(at + 8, true);
        parts.push({ item, bytes: new Uint8Array(batch, at + 12, Math.min(size, batch.byteLength - at - 12)) });
        at += 12 + size;
    }
    return parts;
}
