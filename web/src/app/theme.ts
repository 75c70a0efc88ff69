/** Dark, light, or as the system says: kept in this browser as well, so that the first paint is right. */
import { effect, signal } from '@preact/signals';
import { me, setSetting, setting } from './session';

export type Theme = 'dark' | 'light' | 'system';

const light = matchMedia('(prefers-color-scheme: light)');

function stored(): Theme {
    try {
        return (localStorage.getItem('theme') as Theme) || 'dark';
    } catch {
        return 'dark';
    }
}

/** For what is drawn on a canvas. */
export const shownTheme = signal<'dark' | 'light'>('dark');

function apply(theme: Theme) {
    shownTheme.value = theme === 'system' ? (light.matches ? 'light' : 'dark') : theme;
    document.documentElement.dataset.theme = shownTheme.value;
}

export const theme = () => setting<Theme>('theme', stored());

export function setTheme(next: Theme) {
    setSetting('theme', next);
}

export function startTheme() {
    apply(stored());
    light.addEventListener('change', () => apply(theme()));
    effect(() => {
        if (!me.value) return;
        apply(theme());
        try {
            localStorage.setItem('theme', theme());
        } catch {
            /* a browser without storage shows the default first */
        }
    });
}
