/** Export: what to take, in which form, and what would be lost by it, before it is downloaded. */
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { all, at, get, url } from '../api/client';
import type { ExportCheck, Format, Ontology, Project, Stats } from '../api/types';
import { words } from '../app/session';
import { t } from '../texts';
import { Icon } from '../ui/icons';
import { Failure } from '../ui/parts';
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
    if (!value.value) return <main class="page" />;
    const { formats, ontology, stats, about } = value.value;
    const choice = (name: keyof typeof query, options: [string, string][]) => (
        <div class="field">
            <label for={name}>{t.export[name]}</label>
            <select id={name} class="input" value={query[name]} onChange={(e) => (chosen.value = { ...query, [name]: e.currentTarget.value })}>
                {options.map(([option, text]) => (
                    <option key={option} value={option}>
                        {text}
                    </option>
                ))}
            </select>
        </div>
    );
    const same = (names: string[]): [string, string][] => names.map((name) => [name, name]);
    const ready = check.value && (!check.value.refused || lossy.value);
    return (
        <main class="page">
            <div class="inner narrow">
                <div class="page-head">
                    <h1>{t.export.title}</h1>
                </div>
                <div class="card section options">
                    {choice('format', formats.map((format) => [format.name, format.title]))}
                    {choice('media', [
                        ['copy', t.export.withMedia],
                        ['none', t.export.withoutMedia],
                    ])}
                    {choice('state', [
                        ['', t.export.finished],
                        ['all', t.export.allStates],
                        ['done', t.state.done],
                        ['waiting', t.state.waiting],
                        ['skipped', t.state.skipped],
                    ])}
                    {choice('class', [['', t.grid.anyClass], ...same(ontology.classes.map((def) => def.name))])}
                    {choice('split', [['', t.grid.anySplit], ...same(stats.splits.flatMap((split) => split.split ?? []))])}
                    {choice('layer', [['', 'truth'], ...same(stats.layers.map((layer) => layer.layer).filter((layer) => layer !== 'truth'))])}
                </div>
                <section class="card section stack" aria-live="polite">
                    <h2>{t.export.loss}</h2>
                    {problem.value ? (
                        <p class="problem">{problem.value}</p>
                    ) : !check.value ? (
                        <p class="muted">{t.export.checking}</p>
                    ) : check.value.issues.length ? (
                        <Issues issues={check.value.issues} />
                    ) : (
                        <p class="row ok">
                            <Icon name="check" />
                            {t.export.nothingLost}
                        </p>
                    )}
                    {check.value?.refused && (
                        <label class="check">
                            <input type="checkbox" checked={lossy.value} onChange={(e) => (lossy.value = e.currentTarget.checked)} />
                            {t.export.lossy}
                        </label>
                    )}
                </section>
                <div class="row">
                    {ready && about.items > 0 ? (
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
