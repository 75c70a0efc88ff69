/** Where one looks: the view, and every way to change it. */
import { signal } from '@preact/signals-core';
import { fit, keepInSight, type View, zoomAt } from './render/view';

export interface Extent {
    x0: number;
    y0: number;
    x1: number;
    y1: number;
}

export class Camera {
    view: View = { x: 0, y: 0, scale: 1, width: 1, height: 1, dpr: 1 };
    readonly zoom = signal(1);
    /** The whole item is shown, and stays so when the window changes. */
    isFitted = true;

    constructor(
        private size: () => { width: number; height: number },
        private changed: () => void,
    ) {}

    set(view: View, fitted = false) {
        const { width, height } = this.size();
        this.isFitted = fitted;
        this.view = fitted ? view : keepInSight(view, width, height);
        this.zoom.value = this.view.scale;
        this.changed();
    }

    resized(width: number, height: number, dpr: number) {
        const { view } = this;
        const cx = view.x + view.width / 2 / view.scale;
        const cy = view.y + view.height / 2 / view.scale;
        this.view = { ...view, width, height, dpr, x: cx - width / 2 / view.scale, y: cy - height / 2 / view.scale };
        if (this.isFitted) this.fit();
    }

    fit() {
        const { width, height } = this.size();
        if (width && height) this.set(fit(this.view, width, height), true);
    }

    panBy(dx: number, dy: number) {
        this.set({ ...this.view, x: this.view.x - dx / this.view.scale, y: this.view.y - dy / this.view.scale });
    }

    /** About a point of the screen. */
    zoomBy(factor: number, sx: number, sy: number) {
        const { width, height } = this.size();
        const whole = fit(this.view, width || 1, height || 1).scale;
        this.set(zoomAt(this.view, sx, sy, factor, whole / 4));
    }

    /** Centres a part of the item, large enough to work on. */
    zoomOn({ x0, y0, x1, y1 }: Extent) {
        const margin = Math.min(this.view.width, this.view.height) / 4;
        const near = fit(this.view, Math.max(8, x1 - x0), Math.max(8, y1 - y0), margin);
        this.set({ ...near, x: near.x + x0, y: near.y + y0 });
    }

    /** Moves only when it must. */
    bringIntoSight({ x0, y0, x1, y1 }: Extent) {
        const { view } = this;
        const w = view.width / view.scale;
        const h = view.height / view.scale;
        const cx = (x0 + x1) / 2;
        const cy = (y0 + y1) / 2;
        if (cx < view.x || cy < view.y || cx > view.x + w || cy > view.y + h) this.set({ ...view, x: cx - w / 2, y: cy - h / 2 });
    }
}
