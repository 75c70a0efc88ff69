/** One project at a glance: progress, classes, people, splits, what came in last. */
import { useSignal } from '@preact/signals';
import { at, get, patch, post, remove } from '../api/client';
import type { Ontology, Project, Stats } from '../api/types';
import { go, href } from '../app/router';
import { isOwner, words } from '../app/session';
import { number, t } from '../texts';
import { Icon } from '../ui/icons';
import { colorsOf, unknownColor } from '../ui/palette';
import { StepLine, stepsOf } from '../ui/commits';
import { Ask, Dialog, Failure, fail, Loading, Menu, Progress, toast } from '../ui/parts';
import { EmptyProject } from '../ui/empty-project';
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
                    <h1 class="ellipsis" title={name}>
                        {name}
                    </h1>
                    <span class="grow">{loaded?.project.archived && <span class="tag">{t.project.archived}</span>}</span>
                    {loaded && <Actions project={loaded.project} reload={reload} rename={() => (renaming.value = true)} />}
                </div>
                {loaded ? loaded.project.items ? <Overview {...loaded} /> : <EmptyProject name={name} /> : <Loading />}
            </div>
            {renaming.value && <Rename name={name} onClose={() => (renaming.value = false)} />}
        </main>
    );
}

function Actions({ project, reload, rename }: { project: Project; reload: () => void; rename: () => void }) {
    const { name } = project;
    const removing = useSignal(false);
    const isOpen = project.tasks.waiting + project.tasks.started > 0;
    const toBin = async () => {
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
                    <button type="button" class="err" onClick={() => (removing.value = true)}>
                        {t.project.remove}
                    </button>
                </Menu>
            )}
            {project.items > 0 && (
                <a class="button primary" href={href('projects', name, isOpen ? 'next' : 'export')}>
                    {isOpen ? t.project.start : t.project.export}
                </a>
            )}
            {removing.value && (
                <Ask title={t.project.removeAsk(name)} yes={t.project.remove} danger onYes={() => void toBin()} onClose={() => (removing.value = false)}>
                    {t.project.removeHint}
                </Ask>
            )}
        </>
    );
}

function Overview({ project, stats, ontology }: { project: Project; stats: Stats; ontology: Ontology }) {
    const { layers } = stats;
    const layer = useSignal(layers.find((other) => other.layer === 'truth')?.layer ?? layers[0]?.layer ?? 'truth');
    const colors = colorsOf(ontology.classes);
    // Answers about items stand on labels of the class `item`: they are no objects.
    const perClass = new Map(ontology.classes.map((def) => [def.name, 0]));
    for (const row of stats.classes) if (row.layer === layer.value && perClass.has(row.class)) perClass.set(row.class, row.labels);
    const items = (filter: Record<string, string>) => `${href('projects', project.name, 'items')}?${new URLSearchParams(filter)}`;
    const layerFilter = layer.value === 'truth' ? undefined : { layer: layer.value };
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
                                    <a href={items({ state })}>{t.state[state]}</a>
                                </dt>
                                <dd>{number(project.tasks[state] ?? 0)}</dd>
                            </div>
                        ))}
                    </dl>
                </section>
                <section class="card section">
                    <header>
                        <h2 class="grow">{t.project.classes}</h2>
                        {layers.length > 1 && (
                            <select class="input" aria-label={t.grid.layer} value={layer.value} onChange={(e) => (layer.value = e.currentTarget.value)}>
                                {layers.map((other) => (
                                    <option key={other.layer} value={other.layer}>
                                        {`${other.layer} (${number(other.labels)})`}
                                    </option>
                                ))}
                            </select>
                        )}
                        <a class="link small" href={href('projects', project.name, 'ontology')}>
                            {t.project.ontology}
                        </a>
                    </header>
                    {perClass.size ? (
                        <Counts rows={[...perClass].map(([name, n]) => ({ name, n, color: colors.get(name) ?? unknownColor, link: items({ class: name, ...layerFilter }) }))} />
                    ) : (
                        <p class="muted">{t.project.noClasses}</p>
                    )}
                </section>
            </div>
            <div class="stack" style={{ gap: '16px' }}>
                <section class="card section">
                    <header>
                        <h2 class="grow">{t.project.people}</h2>
                        {layers.length > 1 && <span class="muted small">{t.project.allLayers}</span>}
                    </header>
                    {stats.people.length ? <Counts rows={stats.people.map(({ name, labels }) => ({ name, n: labels }))} /> : <p class="muted">{t.project.nobody}</p>}
                </section>
                {stats.splits.some(({ split }) => split) && (
                    <section class="card section">
                        <header>
                            <h2>{t.project.splits}</h2>
                        </header>
                        <Counts rows={stats.splits.map(({ split, items: n }) => ({ name: split ?? t.project.noSplit, n, link: items({ split: split ?? 'none' }) }))} />
                    </section>
                )}
                <section class="card section">
                    <header>
                        <h2 class="grow">{t.project.recent}</h2>
                        <a class="link small" href={href('projects', project.name, 'history')}>
                            {t.project.allChanges}
                        </a>
                    </header>
                    {stats.recent.length ? (
                        <ul class="recent">
                            {stepsOf(stats.recent)
                                .slice(0, 8)
                                .map((step) => (
                                    <StepLine key={step.newest.seq} project={project.name} step={step} />
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

const fewRows = 20;

/** Names with their counts as bars, largest first; of a long list the rest is a click away. */
function Counts({ rows }: { rows: { name: string; n: number; color?: string; link?: string }[] }) {
    const all = useSignal(false);
    const most = Math.max(1, ...rows.map((row) => row.n));
    const sorted = [...rows].sort((a, b) => b.n - a.n);
    return (
        <>
            <ul class="counts">
                {sorted.slice(0, all.value ? undefined : fewRows).map(({ name, n, color, link }) => (
                    <li key={name}>
                        <span class="row">
                            {color && <span class="swatch" style={{ background: color }} />}
                            {link ? (
                                <a class="ellipsis" href={link} title={name}>
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
            {sorted.length > fewRows && !all.value && (
                <button type="button" class="button quiet" onClick={() => (all.value = true)}>
                    {t.project.showAll(sorted.length)}
                </button>
            )}
        </>
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
