/** A tool in the hand: world coordinates in, its draft kept inside it, the document touched once, in one transaction, at the end. */
import type { Editor } from '../editor';
import type { View } from '../render/view';

export interface Pointer {
    /** World. */
    x: number;
    y: number;
    /** Screen. */
    sx: number;
    sy: number;
    shift: boolean;
    ctrl: boolean;
    alt: boolean;
    /** Clicks in a row. */
    clicks: number;
    touch: boolean;
}

export interface Tool {
    id: ToolId;
    draws: boolean;
    cursor: string;
    down(p: Pointer, c: Editor): void;
    move(p: Pointer, c: Editor): void;
    up(p: Pointer, c: Editor): void;
    /** True when the key was for the tool. */
    key(key: string, c: Editor): boolean;
    /** The item is about to be left: keeps a draft that is worth it. */
    finish?(c: Editor): void;
    /** Drops the draft; false where there was none. */
    cancel(c: Editor): boolean;
    draw(ctx: CanvasRenderingContext2D, view: View, c: Editor): void;
}

export type ToolId = 'select' | 'box' | 'polygon';
