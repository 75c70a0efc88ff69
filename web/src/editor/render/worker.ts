/** The painter's worker: keeps the labels of documents by their number, and answers the latest request for a picture of each; those
 *  overtaken by a later one are not drawn. */
import { Painter, type Region, type Shapes, type Style } from './painter';

export type ToPainter = { n: number } & (
    | { what: 'clear' }
    | { what: 'styles'; styles: Style[] }
    | { what: 'update'; shapes: Shapes }
    | { what: 'paint'; region: Region; version: number; apart: boolean }
    | { what: 'close' }
);

export interface Painted {
    n: number;
    picture: ImageBitmap;
    /** Apart from the others: those that are chosen, while they are being carried. */
    carried?: ImageBitmap;
    region: Region;
    version: number;
}

const painters = new Map<number, Painter>();
let canvas: OffscreenCanvas | undefined;
const wanted = new Map<number, { region: Region; version: number; apart: boolean }>();

// A message of its own, so that all that wait in line are taken in before a picture is drawn.
const turn = new MessageChannel();
turn.port1.onmessage = () => {
    // What was asked for last is what somebody looks at.
    const last = [...wanted].at(-1);
    if (!last) return;
    const [n, { region, version, apart }] = last;
    wanted.delete(n);
    const painter = painters.get(n)!;
    const picture = draw(painter, region, apart ? 'others' : undefined);
    const carried = apart ? draw(painter, region, 'chosen') : undefined;
    (self as unknown as { postMessage(message: Painted, transfer: Transferable[]): void }).postMessage({ n, picture, carried, region, version }, carried ? [picture, carried] : [picture]);
};

function draw(painter: Painter, region: Region, only?: 'chosen' | 'others'): ImageBitmap {
    if (!canvas || canvas.width !== region.width || canvas.height !== region.height) canvas = new OffscreenCanvas(region.width, region.height);
    painter.paint(canvas.getContext('2d')!, region, only);
    return canvas.transferToImageBitmap();
}

self.onmessage = ({ data }: MessageEvent<ToPainter>) => {
    const { n } = data;
    const painter = painters.get(n) ?? new Painter();
    painters.set(n, painter);
    switch (data.what) {
        case 'clear':
            painter.clear();
            break;
        case 'styles':
            painter.setStyles(data.styles);
            break;
        case 'update':
            painter.update(data.shapes);
            break;
        case 'paint':
            wanted.delete(n);
            wanted.set(n, data);
            turn.port2.postMessage(0);
            break;
        case 'close':
            painters.delete(n);
            wanted.delete(n);
            break;
    }
};
