/** One project at a glance: progress, classes, people, what came in last, and the ways on. */
import { useSignal } from '@preact/signals';
import { at, get, patch, post, remove } from '../api/client';
import type { Commit, Ontology, Project, Stats } from '../api/types';
import { go, href } from '../app/router';
import { isOwner, words } from '../app/session';
import { t } from '../texts';
import { Icon } from '../ui/icons';
import { colorsOf, unknownColor } from '../ui/palette';
import { Dialog, fail, Failure, Menu, Notice, number, Progress, toast, When } from '../ui/parts';
import { useResource } from '../ui/resource';

export default function ProjectPage({ project: name }: { project: string }) {
    const { value, error, reload } = useResource(async () => {
        const [project, stats, ontology] = await Promise.all([
            get<Project>(at`projects/${name}`),
            get<Stats>(at`projects/${name}/stats`),
            get<Ontology>(at`projects/${name}/ontology`),
        ]);
        return { project, stats, ontology };
    }, [name]);
    const renaming = useSignal(false);
    if (error.value)
        return (
            <main class="page">
                <Failure error={error.value} retry={reload} />
            </main>
        );
    const loaded = value.value;
    return (
        <main class="page">
            <div class="inner">
                <div class="page-head">
                    <h1 class="grow ellipsis">{name}</h1>
                    {loaded && <Actions project={loaded.project} reload={reload} rename={() => (renaming.value = true)} />}
                </div>
                {loaded ? loaded.project.items ? <Overview {...loaded} /> : <Empty name={name} /> : <div class="skeleton" style={{ height: '320px' }} />}
            </div>
            {renaming.value && <Rename name={name} onClose={() => (renaming.value = false)} />}
        </main>
    );
}

function Actions({ project, reload, rename }: { project: Project; reload: () => void; rename: () => void }) {
    const { name } = project;
    const toBin = async () => {
        if (!confirm(t.project.removeAsk(name))) return;
        try {
            await remove(at`projects/${project.id}`);
            go(href());
            toast(t.project.removed(name), { action: { label: t.project.undo, run: () => void post(at`projects/${project.id}/restore`).then(() => go(href('projects', name)), fail) } });
        } catch (error) {
            fail(error);
        }
    };
    const archive = () => patch(at`projects/${project.id}`, { archived: !project.archived }).then(reload, fail);
    return (
        <>
            {isOwner.value && (
                <Menu label={<span class="hidden-text">{t.project.more}</span>} icon="more" buttonClass="button quiet icon">
                    <button type="button" onClick={rename}>
                        {t.project.rename}
                    </button>
                    <button type="button" onClick={() => void archive()}>
                        {project.archived ? t.project.unarchive : t.project.archive}
                    </button>
                    <hr />
                    <button type="button" class="err" onClick={() => void toBin()}>
                        {t.project.remove}
                    </button>
                </Menu>
            )}
            {project.items > 0 && (
                <>
                    <a class="button" href={href('projects', name, 'items')}>
                        {t.project.items}
                    </a>
                    <a class="button" href={href('projects', name, 'import')}>
                        {t.project.import}
                    </a>
                    <a class="button" href={href('projects', name, 'export')}>
                        {t.project.export}
                    </a>
                    <a class="button primary" href={href('projects', name, 'next')}>
                        {t.project.start}
                    </a>
                </>
            )}
        </>
    );
}

function Empty({ name }: { name: string }) {
    return (
        <Notice
            icon="upload"
            title={t.project.empty}
            actions={
                <>
                    <a class="button primary" href={href('projects', name, 'import')}>
                        {t.project.import}
                    </a>
                    <a class="button" href={href('projects', name, 'ontology')}>
                        {t.project.ontology}
                    </a>
                </>
            }
        >
            {t.project.emptyHint}
        </Notice>
    );
}

function Overview({ project, stats, ontology }: { project: Project; stats: Stats; ontology: Ontology }) {
    const colors = colorsOf(ontology.classes);
    const perClass = new Map<string, number>(ontology.classes.map((c) => [c.name, 0]));
    for (const { class: name, labels } of stats.classes) perClass.set(name, (perClass.get(name) ?? 0) + labels);
    return (
        <div class="project-page">
            <div class="stack" style={{ gap: '16px' }}>
                <section class="card section">
                    <header>
                        <h2 class="grow">{t.project.progress}</h2>
                        <span class="muted">{t.projects.done(project.tasks.done, project.items)}</span>
                    </header>
                    <Progress tasks={project.tasks} />
                    <dl class="stats">
                        {(['done', 'started', 'waiting', 'skipped'] as const).map((state) => (
                            <div key={state}>
                                <dt class={`state ${state}`}>
                                    <Icon name={state} />
                                    <a href={`${href('projects', project.name, 'items')}?state=${state}`}>{t.state[state]}</a>
                                </dt>
                                <dd>{number(project.tasks[state] ?? 0)}</dd>
                            </div>
                        ))}
                    </dl>
                </section>
                <section class="card section">
                    <header>
                        <h2 class="grow">{t.project.classes}</h2>
                        <a class="link small" href={href('projects', project.name, 'ontology')}>
                            {t.project.ontology}
                        </a>
                    </header>
                    {perClass.size ? (
                        <Counts
                            rows={[...perClass].map(([name, n]) => ({ name, n, color: colors.get(name) ?? unknownColor }))}
                            link={(name) => `${href('projects', project.name, 'items')}?class=${encodeURIComponent(name)}`}
                        />
                    ) : (
                        <p class="muted">{t.project.noClasses}</p>
                    )}
                </section>
            </div>
            <div class="stack" style={{ gap: '16px' }}>
                <section class="card section">
                    <header>
                        <h2>{t.project.people}</h2>
                    </header>
                    {stats.people.length ? <Counts rows={stats.people.map(({ name, labels }) => ({ name, n: labels }))} /> : <p class="muted">{t.project.nobody}</p>}
                </section>
                <section class="card section">
                    <header>
                        <h2>{t.project.recent}</h2>
                    </header>
                    {stats.recent.length ? (
                        <ul class="recent">
                            {stats.recent.slice(0, 8).map((commit) => (
                                <Change key={commit.seq} commit={commit} />
                            ))}
                        </ul>
                    ) : (
                        <p class="muted">{t.project.nothing}</p>
                    )}
                </section>
            </div>
        </div>
    );
}

function Change({ commit }: { commit: Commit }) {
    const kind = t.project.kind[commit.kind] ?? commit.kind;
    return (
        <li>
            <span class="muted small">
                <When at={commit.at} />
            </span>
            <span class="ellipsis">
                {[kind, t.project.change(commit.added, commit.changed, commit.removed)].filter(Boolean).join(': ')}
            </span>
            <span class="muted small">{commit.by}</span>
        </li>
    );
}

/** Names with their counts as bars, largest first; a long list ends with what is left out. */
function Counts({ rows, link }: { rows: { name: string; n: number; color?: string }[]; link?: (name: string) => string }) {
    const most = Math.max(1, ...rows.map((row) => row.n));
    const sorted = [...rows].sort((a, b) => b.n - a.n);
    return (
        <ul class="counts">
            {sorted.slice(0, 40).map(({ name, n, color }) => (
                <li key={name}>
                    <span class="row">
                        {color && <span class="swatch" style={{ background: color }} />}
                        {link ? (
                            <a class="ellipsis" href={link(name)} title={name}>
                                {name}
                            </a>
                        ) : (
                            <span class="ellipsis" title={name}>
                                {name}
                            </span>
                        )}
                    </span>
                    <span class="bar" aria-hidden="true">
                        <span style={{ width: `${(n / most) * 100}%`, background: color }} />
                    </span>
                    <span class="number">{number(n)}</span>
                </li>
            ))}
        </ul>
    );
}

function Rename({ name, onClose }: { name: string; onClose: () => void }) {
    const next = useSignal(name);
    const problem = useSignal('');
    const save = async (e: Event) => {
        e.preventDefault();
        try {
            await patch(at`projects/${name}`, { name: next.value.trim() });
            onClose();
            go(href('projects', next.value.trim()), { replace: true });
        } catch (error) {
            problem.value = words(error);
        }
    };
    return (
        <Dialog
            title={t.project.rename}
            onClose={onClose}
            footer={
                <>
                    <button type="button" class="button" onClick={onClose}>
                        {t.cancel}
                    </button>
                    <button type="submit" form="rename" class="button primary" disabled={!next.value.trim() || next.value.trim() === name}>
                        {t.save}
                    </button>
                </>
            }
        >
            <form id="rename" class="field" onSubmit={save}>
                <label for="new-name">{t.projects.name}</label>
                <input id="new-name" class="input" autofocus autocomplete="off" value={next.value} onInput={(e) => (next.value = e.currentTarget.value)} />
                <span class="problem" role="alert">
                    {problem.value}
                </span>
            </form>
        </Dialog>
    );
}
