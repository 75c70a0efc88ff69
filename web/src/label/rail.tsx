/** The tools, one under the other. */
import type { ToolId } from '../editor/tools/tool';
import { t } from '../texts';
import { Icon, type IconName } from '../ui/icons';
import { type CommandId, hintFor, keyFor } from './key-map';
import type { Panels } from './panels';
import type { Work } from './work';

const tools: { id: ToolId & CommandId; icon: IconName; title: string }[] = [
    { id: 'select', icon: 'select', title: t.label.select },
    { id: 'box', icon: 'box', title: t.label.command.box },
    { id: 'polygon', icon: 'polygon', title: t.label.command.polygon },
];

export function Rail({ work, panels }: { work: Work; panels: Panels }) {
    const { editor } = work;
    const action = (icon: IconName, id: CommandId, run: () => void, disabled = false) => (
        <button type="button" class="rail-button" aria-label={t.label.command[id]} title={hintFor(id)} disabled={disabled} onClick={run}>
            <Icon name={icon} />
        </button>
    );
    return (
        <nav class="rail" data-pane aria-label={t.label.tools}>
            {tools.map(({ id, icon, title }) => (
                <button key={id} type="button" class="rail-button" aria-pressed={editor.tool.value.id === id} aria-label={title} title={hintFor(id, title)} onClick={() => editor.use(id)}>
                    <Icon name={icon} />
                    {keyFor(id).length === 1 && <span aria-hidden="true">{keyFor(id)}</span>}
                </button>
            ))}
            <hr />
            {action('undo', 'undo', () => editor.undo(), !editor.undoLabel.value)}
            {action('redo', 'redo', () => editor.redo(), !editor.redoLabel.value)}
            {action('trash', 'removeLabel', () => editor.removeTargets(), !editor.selection.value.length)}
            <hr />
            {action('fit', 'fit', () => editor.camera.fit())}
            <span class="zoom-level" title={t.label.view}>
                {Math.round(editor.camera.zoom.value * 100)}%
            </span>
            <span class="grow" />
            {action('panels', 'panels', () => panels.toggleSides())}
            {action('more', 'palette', () => panels.open('palette'))}
            {action('keyboard', 'keys', () => panels.open('keys'))}
        </nav>
    );
}
