/** Which part of the item is seen: screen = (world - origin) * scale, in CSS pixels. */
export interface View {
    /** World coordinates of the top left corner of the screen. */
    x: number;
    y: number;
    scale: number;
    width: number;
    height: number;
    dpr: number;
}

export const mostZoom = 100;

export function fit(view: View, width: number, height: number, margin = 24): View {
    const scale = Math.max(1e-3, Math.min((view.width - 2 * margin) / width, (view.height - 2 * margin) / height));
    return { ...view, scale, x: width / 2 - view.width / 2 / scale, y: height / 2 - view.height / 2 / scale };
}

/** The same point stays under the pointer. */
export function zoomAt(view: View, sx: number, sy: number, factor: number, least: number): View {
    const scale = Math.max(least, Math.min(mostZoom, view.scale * factor));
    return { ...view, scale, x: view.x + sx / view.scale - sx / scale, y: view.y + sy / view.scale - sy / scale };
}

/** Keeps at least a piece of the item on the screen. */
export function keepInSight(view: View, width: number, height: number): View {
    const piece = 64 / view.scale;
    const w = view.width / view.scale;
    const h = view.height / view.scale;
    return { ...view, x: Math.min(width - piece, Math.max(piece - w, view.x)), y: Math.min(height - piece, Math.max(piece - h, view.y)) };
}

export const toScreenX = (view: View, x: number) => (x - view.x) * view.scale;
export const toScreenY = (view: View, y: number) => (y - view.y) * view.scale;
export const toWorldX = (view: View, sx: number) => view.x + sx / view.scale;
export const toWorldY = (view: View, sy: number) => view.y + sy / view.scale;
