/** Which of the page's dialogs is open, and whether the panels at the sides are. */
import { signal } from '@preact/signals';

export type Panel = 'goTo' | 'skip' | 'keys' | 'palette' | 'classes' | 'conflicts';

export class Panels {
    readonly shown = signal<Panel | null>(null);
    readonly sides = signal(true);

    open(panel: Panel) {
        this.shown.value = panel;
    }

    close = () => {
        this.shown.value = null;
    };

    toggleSides() {
        this.sides.value = !this.sides.value;
    }
}
