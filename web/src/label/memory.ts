/** What a reload keeps: item, zoom, tool, class, and how the picture is seen; the last of these goes from image to image as well. */
import { effect } from '@preact/signals';
import type { Editor } from '../editor/editor';
import type { Adjust } from '../editor/media/media';
import type { ToolId } from '../editor/tools/tool';

interface Kept {
    item: number;
    cx: number;
    cy: number;
    scale: number;
    fitted: boolean;
    tool: ToolId;
    class: string;
    adjust: Adjust;
    opacity: number;
    least: number;
    crosshair: boolean;
}

const name = 'labelling';

export class Memory {
    private item = 0;
    private stop: () => void;
    private timer: ReturnType<typeof setTimeout> | undefined;
    private restored = false;

    constructor(private editor: Editor) {
        this.stop = effect(() => {
            const { tool, nextClass, adjust, opacity, crosshair, review } = editor;
            void [editor.camera.zoom.value, review.least.value, tool.value, nextClass.value, adjust.value, opacity.value, crosshair.value];
            this.later();
        });
        addEventListener('pagehide', this.save);
    }

    close() {
        this.save();
        this.stop();
        clearTimeout(this.timer);
        removeEventListener('pagehide', this.save);
    }

    /** Tool, class and adjustments, before an item is open. */
    restore() {
        const kept = read();
        this.restored = true;
        if (!kept) return;
        const { editor } = this;
        editor.use(kept.tool);
        if (editor.classes.def(kept.class)) editor.nextClass.value = kept.class;
        editor.adjust.value = kept.adjust;
        editor.opacity.value = kept.opacity;
        editor.review.least.value = kept.least ?? 0;
        editor.crosshair.value = kept.crosshair;
    }

    /** The same part of the same item as before. */
    arrive(item: number) {
        const kept = this.item ? null : read();
        this.item = item;
        if (kept?.item !== item || kept.fitted) return;
        const { view } = this.editor;
        this.editor.camera.set({ ...view, scale: kept.scale, x: kept.cx - view.width / 2 / kept.scale, y: kept.cy - view.height / 2 / kept.scale });
    }

    private later() {
        clearTimeout(this.timer);
        this.timer = setTimeout(this.save, 400);
    }

    save = () => {
        if (!this.item || !this.restored) return;
        const { view, tool, nextClass, adjust, opacity, crosshair } = this.editor;
        const kept: Kept = {
            item: this.item,
            cx: view.x + view.width / 2 / view.scale,
            cy: view.y + view.height / 2 / view.scale,
            scale: view.scale,
            fitted: this.editor.camera.isFitted,
            tool: tool.value.id,
            class: nextClass.value,
            adjust: adjust.value,
            opacity: opacity.value,
            least: this.editor.review.least.value,
            crosshair: crosshair.value,
        };
        try {
            localStorage.setItem(name, JSON.stringify(kept));
        } catch {
            /* the next reload starts afresh */
        }
    };
}

function read(): Kept | null {
    try {
        return JSON.parse(localStorage.getItem(name) ?? 'null');
    } catch {
        return null;
    }
}
