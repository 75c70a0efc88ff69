/** Pictures from bytes, in a worker where there is one. */
import type { Decoded, ToDecoder } from './worker';

let worker: Worker | undefined;
let asked = 0;
const waiting = new Map<number, (halves: ImageBitmap[]) => void>();

/** Called while the bytes are still on their way. */
export function startDecoder() {
    if (worker || typeof Worker === 'undefined' || typeof OffscreenCanvas === 'undefined') return;
    worker = new Worker(new URL(MEDIA_WORKER, document.baseURI), { type: 'module' });
    worker.onmessage = ({ data: { n, halves } }: MessageEvent<Decoded>) => {
        waiting.get(n)?.(halves);
        waiting.delete(n);
    };
}

/** The picture and its halves; throws where it is none. */
export async function pictureOf(blob: Blob): Promise<ImageBitmap[]> {
    startDecoder();
    if (!worker) return [await createImageBitmap(blob)];
    const n = ++asked;
    const halves = await new Promise<ImageBitmap[]>((resolve) => {
        waiting.set(n, resolve);
        worker!.postMessage({ n, blob } satisfies ToDecoder);
    });
    if (!halves.length) throw new Error('no picture');
    return halves;
}
