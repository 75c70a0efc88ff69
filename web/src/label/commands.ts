/** Every command of the labelling page with its keys, in the groups in which the overlay shows them. */
import type { Command } from '../editor/keys';
import { t } from '../texts';
import { fail, toast } from '../ui/parts';
import type { Panels } from './panels';
import type { Work } from './work';

export function commandsOf(work: Work, panels: Panels): Command[] {
    const { editor } = work;
    const c = t.label.command;
    const command = (id: keyof typeof c, group: keyof typeof t.label.group, keys: string[], run: Command['run'], more: Partial<Command> = {}): Command => ({
        id,
        title: c[id],
        keys,
        run,
        context: 'editor',
        group: t.label.group[group],
        ...more,
    });
    const arrow = (id: keyof typeof c, key: string, dx: number, dy: number): Command =>
        command(
            id,
            'labels',
            [key, `Shift+${key}`],
            (e) => {
                const by = e?.shiftKey ? 10 : 1;
                editor.nudge(dx * by, dy * by);
            },
            { repeat: true, when: () => !editor.tool.value.draws && editor.selection.value.length > 0 },
        );
    return [
        command('previous', 'items', ['a', 'PageUp'], () => void work.step(-1), { repeat: true }),
        command('next', 'items', ['d', 'PageDown'], () => void work.step(1), { repeat: true }),
        command('goTo', 'items', ['Ctrl+g'], () => panels.open('goTo')),
        command('submit', 'items', ['Ctrl+Enter'], () => void work.act('submit').catch(fail), { always: true }),
        command('skip', 'items', ['Ctrl+Backspace'], () => panels.open('skip')),
        command('reopen', 'items', [], () => void work.act('return').catch(fail), { when: () => ['done', 'skipped'].includes(editor.loaded.value?.task.state ?? '') }),
        command('save', 'items', ['Ctrl+s'], () => {
            work.sync.kick();
            toast(t.label.savedByItself);
        }),

        command('select', 'tools', ['v'], () => editor.use('select')),
        command('box', 'tools', ['r'], () => editor.use('box')),
        command('polygon', 'tools', ['p'], () => editor.use('polygon')),
        command('cancel', 'tools', ['Escape'], () => editor.escape()),

        command('searchClass', 'classes', ['/'], () => panels.open('classes')),
        command('swapClass', 'classes', ['`'], () => editor.previousClass.value && editor.classKey(editor.previousClass.value, false)),

        command('nextLabel', 'labels', ['s', 'Tab'], () => editor.step(1), { repeat: true, when: () => editor.listed().length > 0 }),
        command('previousLabel', 'labels', ['w', 'Shift+Tab'], () => editor.step(-1), { repeat: true, when: () => editor.listed().length > 0 }),
        command('removeLabel', 'labels', ['x', 'Delete', 'Backspace'], () => editor.removeTargets()),
        command('selectAll', 'labels', ['Ctrl+a'], () => editor.selectAll()),
        command('copy', 'labels', ['Ctrl+c'], () => editor.copy()),
        command('paste', 'labels', ['Ctrl+v'], () => editor.paste()),
        command('copyPrevious', 'labels', ['c'], () => void work.copyFromPrevious().then((n) => toast(t.label.copiedPrevious(n)), fail)),
        command('undo', 'labels', ['Ctrl+z'], () => editor.undo(), { repeat: true }),
        command('redo', 'labels', ['Ctrl+Shift+z', 'Ctrl+y'], () => editor.redo(), { repeat: true }),
        command('hideLabel', 'labels', ['Shift+h'], () => editor.toggleHidden(editor.targets())),
        command('lockLabel', 'labels', ['l'], () => editor.toggleLocked(editor.targets())),
        arrow('nudgeLeft', 'ArrowLeft', -1, 0),
        arrow('nudgeRight', 'ArrowRight', 1, 0),
        arrow('nudgeUp', 'ArrowUp', 0, -1),
        arrow('nudgeDown', 'ArrowDown', 0, 1),

        command('zoomIn', 'view', ['+', '='], () => editor.zoomBy(1.25), { repeat: true }),
        command('zoomOut', 'view', ['-'], () => editor.zoomBy(0.8), { repeat: true }),
        command('fit', 'view', ['Shift+f'], () => editor.fit()),
        command('actualSize', 'view', ['Shift+1'], () => editor.zoomTo(1), { when: () => !editor.tool.value.draws }),
        command('zoomSelection', 'view', ['f'], () => editor.zoomToSelection()),
        command('hideLabels', 'view', ['h'], () => editor.hideLabels(true), { release: () => editor.hideLabels(false) }),
        command('toggleLabels', 'view', ['Alt+h'], () => editor.hideLabels(!editor.labelsHidden.value)),
        command('peek', 'view', ['z'], () => startPeek(work), { release: () => endPeek(work) }),
        command(
            'pan',
            'view',
            ['Space'],
            () => {
                editor.panHeld = true;
                editor.redraw();
            },
            {
                release: () => {
                    editor.panHeld = false;
                    editor.redraw();
                },
            },
        ),
        command('crosshair', 'view', ['Shift+c'], () => {
            editor.crosshair.value = !editor.crosshair.value;
            editor.redraw();
        }),
        command('resetAdjust', 'view', [], () => editor.setAdjust({ brightness: 0, contrast: 0, gamma: 1 })),

        command('panels', 'help', ['\\'], () => panels.toggleSides()),
        command('keys', 'help', ['?'], () => panels.open('keys')),
        command('palette', 'help', ['Ctrl+k'], () => panels.open('palette'), { always: true }),
    ];
}

let before: Work['editor']['view'] | null = null;

function startPeek({ editor }: Work) {
    before = editor.view;
    editor.zoomBy(3);
}

function endPeek({ editor }: Work) {
    if (before) editor.setView({ ...before, width: editor.view.width, height: editor.view.height });
    before = null;
}
