/** The two canvases of the labelling page and the one loop that draws them: below the picture with the labels at rest, above what moves. */
import type { Editor } from '../editor';
import { drawOverlay } from './overlay';

const rest_ms = 90;

export class Stage {
    readonly base = document.createElement('canvas');
    readonly overlay = document.createElement('canvas');
    private frame = 0;
    private dirtyBase = true;
    private restTimer: ReturnType<typeof setTimeout> | undefined;
    private observer: ResizeObserver;
    private themes = new MutationObserver(() => this.takeTheme());
    private surround = '#0c0d10';

    constructor(
        readonly root: HTMLElement,
        private editor: Editor,
    ) {
        this.base.setAttribute('aria-hidden', 'true');
        root.append(this.base, this.overlay);
        this.observer = new ResizeObserver(() => this.measure());
        this.observer.observe(root);
        this.themes.observe(document.documentElement, { attributeFilter: ['data-theme'] });
        this.takeTheme();
        this.measure();
    }

    close() {
        cancelAnimationFrame(this.frame);
        clearTimeout(this.restTimer);
        this.observer.disconnect();
        this.themes.disconnect();
        this.base.remove();
        this.overlay.remove();
    }

    /** `base`: the picture or the view has changed, not only what is above it. */
    redraw(base: boolean) {
        this.dirtyBase ||= base;
        this.frame ||= requestAnimationFrame(() => this.paint());
    }

    private takeTheme() {
        this.surround = getComputedStyle(this.root).getPropertyValue('--surround').trim() || this.surround;
        this.redraw(true);
    }

    private measure() {
        const { clientWidth: width, clientHeight: height } = this.root;
        const dpr = devicePixelRatio || 1;
        const { view } = this.editor;
        if (view.width === width && view.height === height && view.dpr === dpr) return;
        for (const canvas of [this.base, this.overlay]) {
            canvas.width = Math.max(1, Math.round(width * dpr));
            canvas.height = Math.max(1, Math.round(height * dpr));
        }
        this.editor.camera.resized(width, height, dpr);
        // A canvas that was resized is empty until it is drawn: not a frame later.
        cancelAnimationFrame(this.frame);
        this.dirtyBase = true;
        this.paint();
    }

    private paint() {
        this.frame = 0;
        const { editor } = this;
        const { view } = editor;
        if (this.dirtyBase) {
            this.dirtyBase = false;
            const ctx = this.base.getContext('2d', { alpha: false })!;
            ctx.setTransform(view.dpr, 0, 0, view.dpr, 0, 0);
            ctx.fillStyle = this.surround;
            ctx.fillRect(0, 0, view.width, view.height);
            editor.media?.draw(ctx, -view.x * view.scale, -view.y * view.scale, view.scale, view.dpr, editor.adjust.value);
            editor.statics.draw(ctx, view, editor.labelsHidden.value ? 0 : editor.opacity.value);
            clearTimeout(this.restTimer);
            this.restTimer = setTimeout(() => editor.statics.sharpen(editor.view), rest_ms);
        }
        const ctx = this.overlay.getContext('2d')!;
        ctx.setTransform(view.dpr, 0, 0, view.dpr, 0, 0);
        ctx.clearRect(0, 0, view.width, view.height);
        drawOverlay(ctx, editor);
        this.overlay.style.cursor = editor.cursor;
    }
}
