/** The painter's worker: keeps the labels, and answers the latest request for a picture; those overtaken by a later one are not drawn. */
import { Painter, type Region, type Shapes, type Style } from './painter';

export type ToPainter =
    | { what: 'clear' }
    | { what: 'styles'; styles: Style[] }
    | { what: 'update'; shapes: Shapes }
    | { what: 'paint'; region: Region; version: number; apart: boolean };

export interface Painted {
    picture: ImageBitmap;
    /** Apart from the others: those that are chosen, while they are being carried. */
    carried?: ImageBitmap;
    region: Region;
    version: number;
}

const painter = new Painter();
let canvas: OffscreenCanvas | undefined;
let wanted: { region: Region; version: number; apart: boolean } | undefined;

// A message of its own, so that all that wait in line are taken in before a picture is drawn.
const turn = new MessageChannel();
turn.port1.onmessage = () => {
    if (!wanted) return;
    const { region, version, apart } = wanted;
    wanted = undefined;
    const picture = draw(region, apart ? 'others' : undefined);
    const carried = apart ? draw(region, 'chosen') : undefined;
    (self as unknown as { postMessage(message: Painted, transfer: Transferable[]): void }).postMessage({ picture, carried, region, version }, carried ? [picture, carried] : [picture]);
};

function draw(region: Region, only?: 'chosen' | 'others'): ImageBitmap {
    if (!canvas || canvas.width !== region.width || canvas.height !== region.height) canvas = new OffscreenCanvas(region.width, region.height);
    painter.paint(canvas.getContext('2d')!, region, only);
    return canvas.transferToImageBitmap();
}

self.onmessage = ({ data }: MessageEvent<ToPainter>) => {
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
            if (!wanted) turn.port2.postMessage(0);
            wanted = data;
            break;
    }
};
