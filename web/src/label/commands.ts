/** What the commands of the labelling page do. */
import type { Command } from '../editor/keys';
import { HIDDEN, LOCKED } from '../editor/model/doc';
import type { ToolId } from '../editor/tools/tool';
import { t } from '../texts';
import { fail, toast } from '../ui/parts';
import { type CommandId, keyMap } from './key-map';
import type { Panels } from './panels';
import type { Work } from './work';

const hold_ms = 300;

type Action = Pick<Command, 'run' | 'when' | 'release'>;

export function commandsOf(work: Work, panels: Panels): Command[] {
    const actions = actionsOf(work, panels);
    return keyMap.map(({ id, group, ...row }) => ({ id, title: t.label.command[id], group: t.label.group[group], context: 'editor', ...row, ...actions[id] }));
}

function actionsOf(work: Work, panels: Panels): Record<CommandId, Action> {
    const { editor } = work;
    const nudge = (dx: number, dy: number): Action => ({
        run: (e) => editor.nudge(dx * (e?.shiftKey ? 10 : 1), dy * (e?.shiftKey ? 10 : 1)),
        when: () => editor.selection.value.length > 0,
    });
    const grow = (dw: number, dh: number): Action => ({
        run: (e) => editor.grow(dw * (e?.shiftKey ? 10 : 1), dh * (e?.shiftKey ? 10 : 1)),
        when: () => editor.selection.value.length > 0,
    });
    const hasLabels = () => editor.listed().length > 0;
    // What changes on the picture alone is told in words as well.
    const told = (run: () => void, what: string) => {
        const before = editor.version.value;
        run();
        if (editor.version.value !== before) panels.say(what, true);
    };
    const toggled = (run: () => void, flag: number, on: string, off: string) => {
        run();
        const [ref] = editor.targets();
        if (ref) panels.say(editor.doc.flags[editor.doc.slot(ref)] & flag ? on : off);
    };
    let before: typeof editor.view | null = null;
    let fittedBefore = false;
    let drewWith: ToolId | null = null;
    let pressed = 0;
    return {
        previous: { run: () => void work.step(-1) },
        next: { run: () => void work.step(1) },
        goTo: { run: () => panels.open('goTo') },
        submit: { run: () => void work.act('submit').catch(fail) },
        skip: { run: () => panels.open('skip') },
        reopen: { run: () => void work.act('return').catch(fail), when: () => ['done', 'skipped'].includes(editor.loaded.value?.task.state ?? '') },
        save: {
            run: () => {
                work.sync.kick();
                toast(t.label.savedByItself);
            },
        },
        // Held, it is in hand only as long as the key.
        select: {
            run: () => {
                drewWith = editor.tool.value.draws ? editor.tool.value.id : null;
                pressed = performance.now();
                editor.use('select');
            },
            release: () => {
                if (drewWith && performance.now() - pressed > hold_ms) editor.use(drewWith);
            },
        },
        box: { run: () => editor.use('box') },
        polygon: { run: () => editor.use('polygon') },
        lastTool: { run: () => editor.useLast() },
        cancel: { run: () => editor.escape() },
        searchClass: { run: () => panels.open('classes') },
        swapClass: { run: () => editor.previousClass.value && editor.classKey(editor.previousClass.value, false) },
        nextLabel: { run: () => editor.step(1), when: hasLabels },
        previousLabel: { run: () => editor.step(-1), when: hasLabels },
        accept: { run: () => editor.review.accept(editor.review.targets()), when: () => editor.review.targets().length > 0 },
        acceptAll: { run: () => void work.acceptAll().catch(fail) },
        removeLabel: { run: () => told(() => editor.removeTargets(), t.label.told.removed) },
        selectAll: { run: () => editor.selectAll() },
        copy: { run: () => editor.clipboard.copy() },
        paste: { run: () => editor.clipboard.paste() },
        copyPrevious: { run: () => void work.copyFromPrevious().then((n) => toast(t.label.copiedPrevious(n)), fail) },
        undo: { run: () => told(() => editor.undo(), t.label.told.undone) },
        redo: { run: () => told(() => editor.redo(), t.label.told.redone) },
        hideLabel: { run: () => toggled(() => editor.toggleHidden(editor.targets()), HIDDEN, t.label.isHidden, t.label.told.shown) },
        lockLabel: { run: () => toggled(() => editor.toggleLocked(editor.targets()), LOCKED, t.label.isLocked, t.label.told.unlocked) },
        nudgeLeft: nudge(-1, 0),
        nudgeRight: nudge(1, 0),
        nudgeUp: nudge(0, -1),
        nudgeDown: nudge(0, 1),
        wider: grow(1, 0),
        narrower: grow(-1, 0),
        higher: grow(0, 1),
        lower: grow(0, -1),
        zoomIn: { run: () => editor.zoomBy(1.25) },
        zoomOut: { run: () => editor.zoomBy(0.8) },
        fit: { run: () => editor.camera.fit() },
        actualSize: { run: () => editor.zoomBy(1 / editor.view.scale) },
        zoomSelection: { run: () => editor.zoomToSelection() },
        hideLabels: { run: () => editor.hideLabels(true), release: () => editor.hideLabels(false) },
        toggleLabels: { run: () => editor.hideLabels(!editor.labelsHidden.value) },
        peek: {
            run: () => {
                before = editor.view;
                fittedBefore = editor.camera.isFitted;
                editor.zoomBy(3);
            },
            release: () => {
                if (before) editor.camera.set({ ...before, width: editor.view.width, height: editor.view.height }, fittedBefore);
                before = null;
            },
        },
        pan: {
            run: () => {
                editor.panHeld = true;
                editor.redraw();
            },
            release: () => {
                editor.panHeld = false;
                editor.redraw();
            },
        },
        crosshair: {
            run: () => {
                editor.crosshair.value = !editor.crosshair.value;
                editor.redraw();
            },
        },
        resetAdjust: { run: () => editor.setAdjust({ brightness: 0, contrast: 0, gamma: 1 }) },
        panes: { run: () => panels.nextPane() },
        panels: { run: () => panels.toggleSides() },
        keys: { run: () => panels.open('keys') },
        palette: { run: () => panels.open('palette') },
    };
}
