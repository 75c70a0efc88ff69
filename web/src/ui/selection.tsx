/** What can be done with the items that are chosen in the grid: their state and split, in one commit. */
import { useSignal } from '@preact/signals';
import { at, patch } from '../api/client';
import type { ItemList } from '../api/item-list';
import { type TaskState, taskStates } from '../api/types';
import { t } from '../texts';
import { Icon } from './icons';
import { fail, Menu, toast } from './parts';

/** As many as one request takes. */
export const mostAtOnce = 1000;

interface SelectionProps {
    list: ItemList;
    selection: ReadonlySet<number>;
    splits: string[];
    clear: () => void;
    changed: () => void;
}

export function Selection({ list, selection, splits, clear, changed }: SelectionProps) {
    const busy = useSignal(false);
    const tooMany = selection.size > mostAtOnce;
    const apply = async (change: { state?: TaskState; split?: string | null }, done: string) => {
        busy.value = true;
        try {
            const items = await list.itemsAt([...selection]);
            await patch(at`projects/${list.project}/tasks`, { items: items.map((item) => item.id), ...change });
            for (const item of items) list.put({ ...item, ...change });
            toast(done);
            changed();
        } catch (error) {
            fail(error);
        }
        busy.value = false;
    };
    return (
        <div class="row" role="group" aria-label={t.grid.selection}>
            <span class="count" role="status">
                {t.grid.selected(selection.size)}
            </span>
            {tooMany ? (
                <span class="muted small">{t.grid.tooMany(mostAtOnce)}</span>
            ) : (
                <fieldset class="bare row" disabled={busy.value}>
                    <Menu label={t.grid.setState} buttonClass="button">
                        {taskStates.map((state) => (
                            <button key={state} type="button" onClick={() => void apply({ state }, t.grid.stateSet(selection.size, t.state[state]))}>
                                <span class={`state ${state}`}>
                                    <Icon name={state} />
                                </span>
                                {t.state[state]}
                            </button>
                        ))}
                    </Menu>
                    <Menu label={t.grid.setSplit} buttonClass="button">
                        {[...new Set([...splits, 'train', 'val', 'test'])].map((split) => (
                            <button key={split} type="button" onClick={() => void apply({ split }, t.grid.splitSet(selection.size, split))}>
                                {split}
                            </button>
                        ))}
                        <hr />
                        <button type="button" onClick={() => void apply({ split: null }, t.grid.splitSet(selection.size, null))}>
                            {t.grid.noSplit}
                        </button>
                    </Menu>
                </fieldset>
            )}
            <button type="button" class="button quiet" onClick={clear}>
                {t.grid.clearSelection}
            </button>
        </div>
    );
}
