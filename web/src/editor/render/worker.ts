/** The painter's worker: keeps the labels, and answers the latest request for a picture; those overtaken by a later one are not drawn. */
import { Painter, type Region, type Shapes, type Style } from './painter';

export type ToPainter =
    | { what: 'clear' }
    | { what: 'styles'; styles: Style[] }
    | { what: 'update'; shapes: Shapes }
    | { what: 'paint'; region: Region; version: number };

export interface Painted {
    picture: ImageBitmap;
    region: Region;
    version: number;
}

const painter = new Painter();
let canvas: OffscreenCanvas | undefined;
let wanted: { region: Region; version: number } | undefined;

// A message of its own, so that all that wait in line are taken in before a picture is drawn.
const turn = new MessageChannel();
turn.port1.onmessage = () => {
    if (!wanted) return;
    const { region, version } = wanted;
    wanted = undefined;
    if (!canvas || canvas.width !== region.width || canvas.height !== region.height) canvas = new OffscreenCanvas(region.width, region.height);
    const ctx = canvas.getContext('2d');
    if (!ctx) return;
    painter.paint(ctx, region);
    const picture = canvas.transferToImageBitmap();
    (self as unknown as { postMessage(message: Painted, transfer: Transferable[]): void }).postMessage({ picture, region, version }, [picture]);
};

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
