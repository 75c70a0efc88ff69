/** The commands of the labelling page and their keys: what the page runs, what the overlay shows and what the settings change. */
import { setting } from '../app/session';
import { keyLabel } from '../editor/keys';
import { t } from '../texts';

export type CommandId = keyof typeof t.label.command;
export type GroupId = keyof typeof t.label.group;

export interface KeyRow {
    id: CommandId;
    group: GroupId;
    keys: string[];
    repeat?: boolean;
    always?: boolean;
    held?: boolean;
}

export const keyMap: KeyRow[] = [
    { id: 'previous', group: 'items', keys: ['a', 'PageUp'], repeat: true },
    { id: 'next', group: 'items', keys: ['d', 'PageDown'], repeat: true },
    { id: 'goTo', group: 'items', keys: ['Ctrl+g'] },
    { id: 'submit', group: 'items', keys: ['Ctrl+Enter'], always: true },
    { id: 'skip', group: 'items', keys: ['Ctrl+Backspace'] },
    { id: 'reopen', group: 'items', keys: [] },
    { id: 'save', group: 'items', keys: ['Ctrl+s'], always: true },

    { id: 'select', group: 'tools', keys: ['v'] },
    { id: 'box', group: 'tools', keys: ['r'] },
    { id: 'polygon', group: 'tools', keys: ['p'] },
    { id: 'lastTool', group: 'tools', keys: ['n'] },
    { id: 'cancel', group: 'tools', keys: ['Escape'] },

    { id: 'searchClass', group: 'classes', keys: ['/'] },
    { id: 'swapClass', group: 'classes', keys: ['`'] },

    { id: 'nextLabel', group: 'labels', keys: ['s', 'Tab'], repeat: true },
    { id: 'previousLabel', group: 'labels', keys: ['w', 'Shift+Tab'], repeat: true },
    { id: 'accept', group: 'labels', keys: ['Enter'] },
    { id: 'acceptAll', group: 'labels', keys: ['Shift+Enter'] },
    { id: 'removeLabel', group: 'labels', keys: ['x', 'Delete', 'Backspace'] },
    { id: 'selectAll', group: 'labels', keys: ['Ctrl+a'] },
    { id: 'copy', group: 'labels', keys: ['Ctrl+c'] },
    { id: 'paste', group: 'labels', keys: ['Ctrl+v'] },
    { id: 'copyPrevious', group: 'labels', keys: ['c'] },
    { id: 'undo', group: 'labels', keys: ['Ctrl+z'], repeat: true },
    { id: 'redo', group: 'labels', keys: ['Ctrl+Shift+z', 'Ctrl+y'], repeat: true },
    { id: 'hideLabel', group: 'labels', keys: ['Shift+h'] },
    { id: 'lockLabel', group: 'labels', keys: ['l'] },
    { id: 'nudgeLeft', group: 'labels', keys: ['ArrowLeft', 'Shift+ArrowLeft'], repeat: true },
    { id: 'nudgeRight', group: 'labels', keys: ['ArrowRight', 'Shift+ArrowRight'], repeat: true },
    { id: 'nudgeUp', group: 'labels', keys: ['ArrowUp', 'Shift+ArrowUp'], repeat: true },
    { id: 'nudgeDown', group: 'labels', keys: ['ArrowDown', 'Shift+ArrowDown'], repeat: true },
    { id: 'wider', group: 'labels', keys: ['Ctrl+ArrowRight', 'Ctrl+Shift+ArrowRight'], repeat: true },
    { id: 'narrower', group: 'labels', keys: ['Ctrl+ArrowLeft', 'Ctrl+Shift+ArrowLeft'], repeat: true },
    { id: 'higher', group: 'labels', keys: ['Ctrl+ArrowDown', 'Ctrl+Shift+ArrowDown'], repeat: true },
    { id: 'lower', group: 'labels', keys: ['Ctrl+ArrowUp', 'Ctrl+Shift+ArrowUp'], repeat: true },

    { id: 'zoomIn', group: 'view', keys: ['+', '='], repeat: true },
    { id: 'zoomOut', group: 'view', keys: ['-'], repeat: true },
    { id: 'fit', group: 'view', keys: ['Shift+f'] },
    { id: 'actualSize', group: 'view', keys: ['Alt+1'] },
    { id: 'zoomSelection', group: 'view', keys: ['f'] },
    { id: 'hideLabels', group: 'view', keys: ['h'], held: true },
    { id: 'toggleLabels', group: 'view', keys: ['Alt+h'] },
    { id: 'peek', group: 'view', keys: ['z'], held: true },
    { id: 'pan', group: 'view', keys: ['Space'], held: true },
    { id: 'crosshair', group: 'view', keys: ['Shift+c'] },
    { id: 'resetAdjust', group: 'view', keys: [] },

    { id: 'panes', group: 'help', keys: ['F6'], always: true },
    { id: 'panels', group: 'help', keys: ['\\'] },
    { id: 'keys', group: 'help', keys: ['?'] },
    { id: 'palette', group: 'help', keys: ['Ctrl+k'], always: true },
];

/** What a key already does, or undefined where a class may have it. */
export function takenBy(key: string): string | undefined {
    const row = keyMap.find(({ keys }) => keys.includes(key.toLowerCase()));
    return row && t.label.command[row.id];
}

export type CustomKeys = Partial<Record<CommandId, string[]>>;

/** The key that this user has for a command, as people read it; empty: none. */
export function keyFor(id: CommandId): string {
    const keys = setting<CustomKeys>('keys', {})[id] ?? keyMap.find((row) => row.id === id)!.keys;
    return keys.length ? keyLabel(keys[0]) : '';
}

/** What a button does, and its key. */
export function hintFor(id: CommandId, title: string = t.label.command[id]): string {
    return keyFor(id) ? `${title} (${keyFor(id)})` : title;
}

/** Keys as hands know them from elsewhere: what differs from ours. */
export const presets: Record<keyof typeof t.settings.preset, CustomKeys> = {
    own: {},
    cvat: {
        previous: ['d', 'PageUp'],
        next: ['f', 'PageDown'],
        nextLabel: ['Tab'],
        previousLabel: ['Shift+Tab'],
        hideLabel: ['h'],
        hideLabels: ['Shift+h'],
        zoomSelection: ['Alt+f'],
    },
    labelStudio: {
        skip: ['Ctrl+Space', 'Ctrl+Backspace'],
        pan: ['h', 'Space'],
        hideLabels: ['Shift+h'],
        hideLabel: ['Alt+h'],
        toggleLabels: ['Ctrl+h'],
        lockLabel: ['Alt+l'],
        cancel: ['Escape', 'u'],
    },
    labelme: {
        select: ['Ctrl+j', 'v'],
        box: ['Ctrl+r', 'r'],
        searchClass: ['Ctrl+e', '/'],
        copyPrevious: ['c', 'Ctrl+p'],
        zoomIn: ['Ctrl+=', 'Ctrl++', '+', '='],
        zoomOut: ['Ctrl+-', '-'],
        fit: ['Ctrl+f', 'Shift+f'],
        actualSize: ['Ctrl+0', 'Alt+1'],
    },
};
