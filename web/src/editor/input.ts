/** Pointers, wheel and pinches on the stage, handed to the tool or to the view. */
import type { Editor } from './editor';
import type { Pointer } from './tools/tool';

const doubleClick_ms = 350;
const doubleClick_px = 4;

export function listen(target: HTMLElement, c: Editor): () => void {
    const touches = new Map<number, { x: number; y: number }>();
    let panning: { x: number; y: number } | null = null;
    let drawing = false;
    let last = { at: 0, x: 0, y: 0, clicks: 0 };

    const pointer = (e: PointerEvent): Pointer => {
        const box = target.getBoundingClientRect();
        const sx = e.clientX - box.left;
        const sy = e.clientY - box.top;
        const { view } = c;
        return {
            x: view.x + sx / view.scale,
            y: view.y + sy / view.scale,
            sx,
            sy,
            shift: e.shiftKey,
            ctrl: e.ctrlKey || e.metaKey,
            alt: e.altKey,
            clicks: last.clicks,
            touch: e.pointerType === 'touch',
        };
    };

    const down = (e: PointerEvent) => {
        target.focus({ preventScroll: true });
        if (e.pointerType === 'touch') {
            touches.set(e.pointerId, { x: e.clientX, y: e.clientY });
            if (touches.size === 2) {
                c.tool.value.cancel(c);
                drawing = false;
                return;
            }
        }
        target.setPointerCapture(e.pointerId);
        if (e.button === 1 || (e.button === 0 && c.panHeld)) {
            e.preventDefault();
            panning = { x: e.clientX, y: e.clientY };
            c.panning = true;
            c.redraw();
            return;
        }
        if (e.button !== 0) return;
        const near = Math.abs(e.clientX - last.x) <= doubleClick_px && Math.abs(e.clientY - last.y) <= doubleClick_px;
        last = { at: e.timeStamp, x: e.clientX, y: e.clientY, clicks: near && e.timeStamp - last.at < doubleClick_ms ? last.clicks + 1 : 1 };
        drawing = true;
        c.isDragging = true;
        c.pointer = pointer(e);
        c.tool.value.down(c.pointer, c);
    };

    const move = (e: PointerEvent) => {
        c.pointerInside = true;
        if (e.pointerType === 'touch' && touches.size === 2) {
            pinch(e);
            return;
        }
        if (panning) {
            c.camera.panBy(e.clientX - panning.x, e.clientY - panning.y);
            panning = { x: e.clientX, y: e.clientY };
            return;
        }
        c.pointer = pointer(e);
        c.tool.value.move(c.pointer, c);
        if (c.tool.value.draws) c.redraw();
    };

    const pinch = (e: PointerEvent) => {
        const before = [...touches.values()];
        touches.set(e.pointerId, { x: e.clientX, y: e.clientY });
        const after = [...touches.values()];
        const middle = (points: { x: number; y: number }[]) => ({ x: (points[0].x + points[1].x) / 2, y: (points[0].y + points[1].y) / 2 });
        const apart = (points: { x: number; y: number }[]) => Math.hypot(points[0].x - points[1].x, points[0].y - points[1].y) || 1;
        const box = target.getBoundingClientRect();
        const m0 = middle(before);
        const m1 = middle(after);
        c.camera.panBy(m1.x - m0.x, m1.y - m0.y);
        c.camera.zoomBy(apart(after) / apart(before), m1.x - box.left, m1.y - box.top);
    };

    const up = (e: PointerEvent) => {
        touches.delete(e.pointerId);
        if (panning) {
            panning = null;
            c.panning = false;
            c.redraw();
            return;
        }
        if (!drawing) return;
        drawing = false;
        c.isDragging = false;
        c.pointer = pointer(e);
        c.tool.value.up(c.pointer, c);
    };

    const cancel = (e: PointerEvent) => {
        touches.delete(e.pointerId);
        panning = null;
        c.panning = false;
        drawing = false;
        c.isDragging = false;
        c.tool.value.cancel(c);
    };

    const leave = () => {
        c.pointerInside = false;
        c.hover.value = null;
        c.redraw();
    };

    const wheel = (e: WheelEvent) => {
        e.preventDefault();
        const box = target.getBoundingClientRect();
        const unit = e.deltaMode === 1 ? 16 : e.deltaMode === 2 ? 400 : 1;
        // Browsers turn Shift and wheel into a sideways scroll.
        const delta = (e.deltaY || (e.shiftKey ? e.deltaX : 0)) * unit;
        if (e.shiftKey && !e.ctrlKey) c.setOpacity(c.opacity.value - Math.sign(delta) * 0.1);
        else if (e.deltaX && !e.ctrlKey && Math.abs(e.deltaX) > Math.abs(e.deltaY)) c.camera.panBy(-e.deltaX * unit, -e.deltaY * unit);
        else c.camera.zoomBy(Math.exp(-delta * (e.ctrlKey ? 0.01 : 0.002)), e.clientX - box.left, e.clientY - box.top);
    };

    const menu = (e: Event) => e.preventDefault();
    const on = <K extends keyof HTMLElementEventMap>(type: K, handler: (e: HTMLElementEventMap[K]) => void, options?: AddEventListenerOptions) => {
        target.addEventListener(type, handler, options);
        return () => target.removeEventListener(type, handler, options);
    };
    const off = [
        on('pointerdown', down),
        on('pointermove', move),
        on('pointerup', up),
        on('pointercancel', cancel),
        on('pointerleave', leave),
        on('wheel', wheel, { passive: false }),
        on('contextmenu', menu),
    ];
    return () => {
        for (const stop of off) stop();
    };
}
