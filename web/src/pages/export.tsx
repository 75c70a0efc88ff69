/** Export: what to take, in which form, and what would be lost by it, before it is downloaded. */
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { all, at, get, url } from '../api/client';
import { type ExportCheck, type Format, type Ontology, type Project, type Stats, type TaskState, taskStates } from '../api/types';
import { words } from '../app/session';
import { t } from '../texts';
import { EmptyProject } from '../ui/empty-project';
import { Icon } from '../ui/icons';
import { Failure, Loading } from '../ui/parts';
import { Issues } from '../ui/report';
import { useResource } from '../ui/resource';

export default function Export({ project }: { project: string }) {
    const { value, error, reload } = useResource(async () => {
        const [about, formats, ontology, stats] = await Promise.all([
            get<Project>(at`projects/${project}`),
            all<Format>('formats'),
            get<Ontology>(at`projects/${project}/ontology`),
            get<Stats>(at`projects/${project}/stats`),
        ]);
        return { about, formats: formats.filter((format) => format.write), ontology, stats };
    }, [project]);
    const chosen = useSignal({ format: 'jsonl', class: '', state: '', split: '', layer: '', media: 'copy' });
    const lossy = useSignal(false);
    const check = useSignal<ExportCheck | null>(null);
    const problem = useSignal('');
    const query = chosen.value;
    useEffect(() => {
        check.value = null;
        problem.value = '';
        lossy.value = false;
        const timer = setTimeout(() => {
            get<ExportCheck>(at`projects/${project}/export/check`, query).then(
                (found) => query === chosen.value && (check.value = found),
                (failed) => query === chosen.value && (problem.value = words(failed)),
            );
        }, 150);
        return () => clearTimeout(timer);
    }, [query]);
    if (error.value)
        return (
            <main class="page">
                <Failure error={error.value} retry={reload} />
            </main>
        );
    if (!value.value)
        return (
            <main class="page">
                <Loading />
            </main>
        );
    const { formats, ontology, stats, about } = value.value;
    if (!about.items)
        return (
            <main class="page">
                <EmptyProject name={project} />
            </main>
        );
    const choice = (name: keyof typeof query, options: [string, string][], isWide = false) => (
        <div class={isWide ? 'field wide' : 'field'}>
            <label for={name}>{t.export[name]}</label>
            <select id={name} class="input" value={query[name]} onChange={(e) => (chosen.value = { ...query, ...(name === 'format' ? { state: '', layer: '' } : {}), [name]: e.currentTarget.value })}>
                {options.map(([option, text]) => (
                    <option key={option} value={option}>
                        {text}
                    </option>
                ))}
            </select>
        </div>
    );
    const same = (names: string[]): [string, string][] => names.map((name) => [name, name]);
    // Labelwright's own format is without loss: everything, unless a state is asked for.
    const takesAll = query.format === 'jsonl';
    const splits = stats.splits.flatMap((split) => split.split ?? []);
    const { tasks } = about;
    const states = query.state === 'all' || (!query.state && takesAll) ? taskStates : query.state ? [query.state as TaskState] : (['done', 'started'] as const);
    const count = states.reduce((sum, state) => sum + tasks[state], 0);
    const ready = check.value && (!check.value.refused || lossy.value);
    return (
        <main class="page">
            <div class="inner narrow">
                <div class="page-head">
                    <h1>{t.export.title}</h1>
                </div>
                <div class="card section options">
                    {choice('format', formats.map((format) => [format.name, format.title]), true)}
                    {choice('media', [
                        ['copy', t.export.withMedia],
                        ['none', t.export.withoutMedia],
                    ])}
                    {choice('state', [
                        ...(takesAll ? [] : [['', t.export.finished] as [string, string]]),
                        [takesAll ? '' : 'all', t.export.allStates],
                        ...taskStates.map((state): [string, string] => [state, t.state[state]]),
                    ])}
                    {choice('class', [['', t.grid.anyClass], ...same(ontology.classes.map((def) => def.name))])}
                    {choice('split', [['', t.grid.anySplit], ...same(splits), ...(splits.length ? [['none', t.grid.noSplit] as [string, string]] : [])])}
                    {choice('layer', [['', takesAll ? t.grid.anyLayer : 'truth'], ...same(stats.layers.map(({ layer }) => layer).filter((layer) => takesAll || layer !== 'truth'))])}
                </div>
                <p class={count ? 'muted' : 'row warn'}>
                    {!count && <Icon name="warning" />}
                    {!count ? t.export.takesNone : query.class || query.split ? t.export.takesSome : t.export.takes(count)}
                </p>
                {count > 0 && (
                    <section class="card section stack" aria-live="polite">
                        <h2>{t.export.loss}</h2>
                        {problem.value ? (
                            <p class="problem">{problem.value}</p>
                        ) : !check.value ? (
                            <p class="muted">{t.export.checking}</p>
                        ) : (
                            <>
                                {check.value.issues.every(({ severity }) => severity === 'info') && (
                                    <p class="row ok">
                                        <Icon name="check" />
                                        {t.export.nothingLost}
                                    </p>
                                )}
                                <Issues issues={check.value.issues} />
                            </>
                        )}
                        {check.value?.refused && (
                            <label class="check">
                                <input type="checkbox" checked={lossy.value} onChange={(e) => (lossy.value = e.currentTarget.checked)} />
                                {t.export.lossy}
                            </label>
                        )}
                    </section>
                )}
                <div class="row">
                    {ready && count > 0 ? (
                        <a class="button primary" download href={url(at`projects/${project}/export`, { ...query, lossy: lossy.value })}>
                            <Icon name="download" />
                            {t.export.download}
                        </a>
                    ) : (
                        <button type="button" class="button primary" disabled>
                            <Icon name="download" />
                            {t.export.download}
                        </button>
                    )}
                </div>
            </div>
        </main>
    );
}
