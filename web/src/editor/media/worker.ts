/** Decodes pictures beside the page, so that fetching the next one in advance never stops the hand. */
import { decode } from './halves';

const answer = self as unknown as { postMessage(message: Decoded, transfer: Transferable[]): void };

export interface ToDecoder {
    n: number;
    blob: Blob;
}

export interface Decoded {
    n: number;
    /** None where it is no picture. */
    halves: ImageBitmap[];
}

self.onmessage = async ({ data: { n, blob } }: MessageEvent<ToDecoder>) => {
    const halves = await decode(blob).catch(() => []);
    answer.postMessage({ n, halves }, halves);
};
