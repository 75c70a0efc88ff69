/** Which of the page's dialogs is open, and whether the panels at the sides are. */
import { signal } from '@preact/signals';

export type Panel = 'goTo' | 'skip' | 'keys' | 'palette' | 'classes' | 'conflicts';

export class Panels {
    readonly shown = signal<Panel | null>(null);
    readonly sides = signal(true);
    /** The last thing told to who does not see it. */
    readonly said = signal('');

    private done = '';

    /** What was done is told together with where that leads, which is said at once after it; the same twice is told twice. */
    say(text: string, isDone = false) {
        const both = this.done && !isDone ? `${this.done}. ${text}` : text;
        this.done = isDone ? text : '';
        if (isDone) setTimeout(() => (this.done = ''), 500);
        this.said.value = this.said.value === both ? `${both}\u00a0` : both;
    }

    open(panel: Panel) {
        this.shown.value = panel;
    }

    close = () => {
        this.shown.value = null;
    };

    /** The keyboard goes on to the next part of the page: Tab is taken on the picture. */
    nextPane() {
        const panes = [...document.querySelectorAll<HTMLElement>('[data-pane]')];
        const now = panes.findIndex((pane) => pane.contains(document.activeElement));
        for (let i = 1; i <= panes.length; i++) {
            const target = firstFocusable(panes[(now + i) % panes.length]);
            if (target) return target.focus();
        }
    }

    toggleSides() {
        this.sides.value = !this.sides.value;
    }
}

function firstFocusable(pane: HTMLElement): HTMLElement | null {
    return pane.querySelector<HTMLElement>('[tabindex="0"], a[href], button:not(:disabled), input, select');
}
