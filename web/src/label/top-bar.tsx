/** Where one is, how far it is saved, and what to do with the item. */
import { isFiltered } from '../api/item-list';
import { href } from '../app/router';
import { t } from '../texts';
import { Icon, type IconName } from '../ui/icons';
import { fail, State } from '../ui/parts';
import { hintFor } from './key-map';
import type { Panels } from './panels';
import type { Work } from './work';

export function TopBar({ work, panels }: { work: Work; panels: Panels }) {
    const loaded = work.editor.loaded.value;
    const project = work.project.value;
    const state = loaded?.task.state;
    const back = href('projects', work.name, 'items') + (work.queue ? '' : location.search);
    const step = (id: 'previous' | 'next' | 'goTo', icon: IconName, run: () => void) => (
        <button type="button" class="button quiet icon" aria-label={t.label.command[id]} title={hintFor(id)} disabled={!loaded} onClick={run}>
            <Icon name={icon} />
        </button>
    );
    return (
        <header class="top label-top" data-pane>
            <a class="button quiet icon" href={work.queue ? href('projects', work.name) : back} aria-label={t.label.back} title={t.label.back}>
                <Icon name="back" />
            </a>
            {/* Before the name, whose length changes from item to item: they stay where the pointer is. */}
            <div class="steps">
                {step('previous', 'previous', () => void work.step(-1))}
                {step('next', 'next', () => void work.step(1))}
                {step('goTo', 'search', () => panels.open('goTo'))}
            </div>
            <div class="item-name">
                <h1 class="ellipsis" title={loaded?.item.name}>
                    <bdi>{loaded ? loaded.item.name : work.name}</bdi>
                </h1>
                <span class="muted small">{loaded && project ? t.label.place(loaded.item.position, project.items) : ' '}
                    {isFiltered(work.filters) && ` · ${t.label.filtered(Object.values(work.filters).join(', '))}`}</span>
            </div>
            <span class="grow" />
            <Saved work={work} panels={panels} />
            {state && <State state={state} />}
            {loaded?.task.reason && (
                <span class="reason muted ellipsis" title={loaded.task.reason}>
                    {loaded.task.reason}
                </span>
            )}
            {state === 'done' || state === 'skipped' ? (
                <button type="button" class="button" onClick={() => void work.act('return').catch(fail)}>
                    {t.label.reopen}
                </button>
            ) : (
                <>
                    <button type="button" class="button" disabled={!loaded} title={hintFor('skip')} onClick={() => panels.open('skip')}>
                        {t.label.skip}
                    </button>
                    <button type="button" class="button primary" disabled={!loaded} title={hintFor('submit')} onClick={() => void work.act('submit').catch(fail)}>
                        {t.label.submit}
                    </button>
                </>
            )}
        </header>
    );
}

/** One glance: saved, or how many edits wait and why. */
function Saved({ work, panels }: { work: Work; panels: Panels }) {
    const { sync } = work;
    const n = sync.waiting.value;
    const problems = sync.problems.value.length;
    const state = sync.storageFull.value ? 'full' : sync.state.value;
    const looks: Record<typeof state, { icon: IconName; text: string; hint: string; tone: string }> = {
        saved: { icon: 'check', text: t.label.saved, hint: t.label.savedHint, tone: 'ok' },
        waiting: { icon: 'cloud', text: t.label.waiting(n), hint: t.label.waitingHint, tone: 'muted' },
        offline: { icon: 'offline', text: t.label.offline(n), hint: t.label.offlineHint, tone: 'warn' },
        'signed-out': { icon: 'lock', text: t.label.signedOut(n), hint: t.signIn.title, tone: 'warn' },
        full: { icon: 'warning', text: t.label.storageFull, hint: t.label.storageFullHint, tone: 'err' },
    };
    const { icon, text, hint, tone } = looks[state];
    return (
        <>
            {problems > 0 && (
                <button type="button" class="button danger" onClick={() => panels.open('conflicts')}>
                    <Icon name="warning" />
                    {t.label.problems(problems)}
                </button>
            )}
            <span class={`save-state ${tone}`} role="status" title={hint} data-save-state={state}>
                <Icon name={icon} />
                {text}
            </span>
        </>
    );
}
