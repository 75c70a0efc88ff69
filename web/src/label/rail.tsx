/** The tools, one under the other. */
import type { ToolId } from '../editor/tools/tool';
import { t } from '../texts';
import { Icon, type IconName } from '../ui/icons';
import type { Panels } from './panels';
import type { Work } from './work';

const tools: { id: ToolId; icon: IconName; key: string; title: string }[] = [
    { id: 'select', icon: 'select', key: 'V', title: t.label.select },
    { id: 'box', icon: 'box', key: 'R', title: t.label.command.box },
    { id: 'polygon', icon: 'polygon', key: 'P', title: t.label.command.polygon },
];

export function Rail({ work, panels }: { work: Work; panels: Panels }) {
    const { editor } = work;
    const action = (icon: IconName, title: string, run: () => void, disabled = false) => (
        <button type="button" class="rail-button" aria-label={title} title={title} disabled={disabled} onClick={run}>
            <Icon name={icon} />
        </button>
    );
    return (
        <nav class="rail" data-pane aria-label={t.label.tools}>
            {tools.map(({ id, icon, key, title }) => (
                <button key={id} type="button" class="rail-button" aria-pressed={editor.tool.value.id === id} aria-label={title} title={`${title} (${key})`} onClick={() => editor.use(id)}>
                    <Icon name={icon} />
                    <span aria-hidden="true">{key}</span>
                </button>
            ))}
            <hr />
            {action('undo', `${t.label.command.undo} (Ctrl Z)`, () => editor.undo(), !editor.undoLabel.value)}
            {action('redo', `${t.label.command.redo} (Ctrl Shift Z)`, () => editor.redo(), !editor.redoLabel.value)}
            {action('trash', `${t.label.command.removeLabel} (X)`, () => editor.removeTargets(), !editor.selection.value.length)}
            <hr />
            {action('fit', `${t.label.command.fit} (Shift F)`, () => editor.camera.fit())}
            <span class="zoom-level" title={t.label.view}>
                {Math.round(editor.camera.zoom.value * 100)}%
            </span>
            <span class="grow" />
            {action('panels', `${t.label.command.panels} (\\)`, () => panels.toggleSides())}
            {action('more', `${t.label.command.palette} (Ctrl K)`, () => panels.open('palette'))}
            {action('keyboard', `${t.label.command.keys} (?)`, () => panels.open('keys'))}
        </nav>
    );
}
