/** A picture and its halves, each half as wide and high as the one before: what is seen from far away is drawn from a small one. */
const smallest = 512;

export async function decode(blob: Blob): Promise<ImageBitmap[]> {
    const halves = [await createImageBitmap(blob)];
    for (let from = halves[0]; Math.min(from.width, from.height) >= smallest; from = halves.at(-1)!) {
        const canvas = new OffscreenCanvas(Math.max(1, from.width >> 1), Math.max(1, from.height >> 1));
        const ctx = canvas.getContext('2d')!;
        // At exactly half the size this is the mean of four pixels, and the quickest there is.
        ctx.imageSmoothingQuality = 'low';
        ctx.drawImage(from, 0, 0, canvas.width, canvas.height);
        halves.push(canvas.transferToImageBitmap());
    }
    return halves;
}
