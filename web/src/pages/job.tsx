/** One import: its progress, then its report, which stays. What was refused for its classes is answered here. */
import { useSignal } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import { ApiError, at, get, post } from '../api/client';
import type { Job as AnyJob, Ontology } from '../api/types';
import { go, href } from '../app/router';
import { isOwner, words } from '../app/session';
import { t } from '../texts';
import { Icon } from '../ui/icons';
import { isOver, JobProgress, useJob } from '../ui/job';
import { Ask, Failure, fail, Loading, toast, When } from '../ui/parts';
import { ReportView } from '../ui/report';
import { useResource } from '../ui/resource';

type Params = Record<string, unknown> & { source?: string; upload?: string; map?: string[] };
export type Job = AnyJob & { params: Params };

export default function JobPage({ project, id }: { project: string; id: number }) {
    const { value, error, reload } = useJob(id);
    const loaded = value.value as Job | undefined;
    const job = loaded?.kind === 'import' && loaded.project === project ? loaded : undefined;
    const failure = error.value ?? (loaded && !job ? new ApiError(404, 'not_found', t.job.elsewhere(id)) : undefined);
    return (
        <main class="page">
            <div class="inner narrow">
                <div class="page-head">
                    <h1 class="grow">{(job?.params.dry_run ? t.job.tryTitle : t.job.title)(id)}</h1>
                    {job && isOver(job) && <Actions job={job} project={project} />}
                </div>
                {failure && !job ? <Failure error={failure} retry={reload} back={{ to: href('projects', project, 'history'), words: t.history.title }} /> : job ? <Shown job={job} project={project} /> : <Loading />}
            </div>
        </main>
    );
}

function Shown({ job, project }: { job: Job; project: string }) {
    if (!isOver(job))
        return (
            <section class="card section">
                <JobProgress job={job} />
            </section>
        );
    const { report } = job;
    const refused = job.error?.code === 'refused';
    const tone = job.state === 'done' ? (report?.issues.some((issue) => issue.severity === 'error') ? 'warn' : 'ok') : refused || job.state === 'cancelled' ? 'warn' : 'err';
    const isDry = job.params.dry_run === true;
    return (
        <>
            <section class="card section stack" role="status">
                <h2 class={`row ${tone}`}>
                    <Icon name={tone === 'ok' ? 'done' : 'warning'} />
                    {job.state === 'done' ? (isDry ? t.job.tried : report?.issues.some((issue) => issue.severity === 'error') ? t.job.doneInPart : t.job.done) : refused ? t.job.refused : t.jobs.state[job.state]}
                </h2>
                {job.state === 'done' && report && <p>{t.job.summary(report, isDry)}</p>}
                {job.error && !refused && <p>{words(new Error(job.error.message))}</p>}
                {job.state === 'cancelled' && <p>{t.job.cancelledHint}</p>}
                <p class="muted small">
                    {[job.params.source, report?.format, job.by].filter(Boolean).join(' · ')} · <When at={job.created} />
                    {report && ` · ${t.job.seconds(report.seconds)}`}
                </p>
            </section>
            {refused && isOwner.value && <Missing job={job} project={project} />}
            {report && !refused && report.items.read + report.labels.read + report.issues.length > 0 && (
                <section class="card section">
                    <ReportView report={report} project={job.state === 'done' && !isDry ? project : undefined} />
                </section>
            )}
        </>
    );
}

/** The same source once more, with other options. */
async function again(project: string, job: Job, change: Params) {
    const { project: _, ...params } = job.params;
    try {
        const next = await post<Job>(at`projects/${project}/imports`, { ...params, ...change });
        go(href('projects', project, 'import', next.id), { replace: true });
    } catch (error) {
        fail(error);
    }
}

function Actions({ job, project }: { job: Job; project: string }) {
    const asking = useSignal(false);
    const { report } = job;
    const file = useMemo(() => report && URL.createObjectURL(new Blob([JSON.stringify(report, null, 2)], { type: 'application/json' })), [report]);
    const undo = async () => {
        toast(t.history.undoing);
        try {
            const { seq } = await post<{ seq: number }>(at`projects/${project}/undo`, { job: job.id });
            toast(t.history.undone(seq));
        } catch (error) {
            fail(error);
        }
    };
    const isDry = job.params.dry_run === true;
    const wasWritten = report && (report.labels.written > 0 || report.items.added > 0) && !isDry;
    return (
        <>
            {file && (
                <a class="button" download={`import-${job.id}.json`} href={file}>
                    <Icon name="download" />
                    {t.job.download}
                </a>
            )}
            {isOwner.value && wasWritten && (
                <button type="button" class="button" onClick={() => (asking.value = true)}>
                    {t.history.undo}
                </button>
            )}
            {isOwner.value && (
                <a class="button" href={href('projects', project, 'import')}>
                    {t.import.again}
                </a>
            )}
            {job.state === 'failed' && job.error?.code !== 'refused' && isOwner.value ? (
                <button type="button" class="button primary" onClick={() => void again(project, job, {})}>
                    {t.error.retry}
                </button>
            ) : job.state !== 'done' ? null : !isDry ? (
                <a class="button primary" href={href('projects', project, 'items')}>
                    {t.import.show}
                </a>
            ) : (
                isOwner.value && (
                    <button type="button" class="button primary" onClick={() => void again(project, job, { dry_run: false })}>
                        {t.job.forReal}
                    </button>
                )
            )}
            {asking.value && (
                <Ask title={t.history.askJob(job.id)} yes={t.history.undo} onYes={() => void undo()} onClose={() => (asking.value = false)}>
                    {t.history.askJobHint}
                </Ask>
            )}
        </>
    );
}

/** Each name that the ontology lacks: added, or taken for one that is there. */
function Missing({ job, project }: { job: Job; project: string }) {
    const ontology = useResource(() => get<Ontology>(at`projects/${project}/ontology`), [project]);
    const map = useSignal<Record<string, string>>({});
    const missing = job.report?.issues.find((issue) => issue.code === 'not-in-ontology');
    const names = missing?.examples ?? (missing?.example ? [missing.example] : []);
    const classes = names.flatMap((text) => /^class '(.*)'$/s.exec(text)?.[1] ?? []);
    const others = names.filter((text) => !text.startsWith("class '"));
    const known = ontology.value.value?.classes ?? [];
    const start = () => {
        const mapped = Object.entries(map.value).filter(([, to]) => to);
        void again(project, job, { add_classes: true, map: [...(job.params.map ?? []), ...mapped.map(([from, to]) => `${from}=${to}`)] });
    };
    return (
        <section class="card section stack">
            <h2>{missing ? t.job.missing(missing.count) : job.error?.message}</h2>
            <p class="muted">{t.job.missingHint}</p>
            <table class="table">
                <tbody>
                    {classes.map((name) => (
                        <tr key={name}>
                            <td>
                                <bdi>{name}</bdi>
                            </td>
                            <td class="actions">
                                <select class="input" aria-label={name} value={map.value[name] ?? ''} onChange={(e) => (map.value = { ...map.value, [name]: e.currentTarget.value })}>
                                    <option value="">{t.job.addClass}</option>
                                    {known.map((def) => (
                                        <option key={def.name} value={def.name}>
                                            {t.job.isClass(def.name)}
                                        </option>
                                    ))}
                                </select>
                            </td>
                        </tr>
                    ))}
                    {others.map((name) => (
                        <tr key={name}>
                            <td>{name}</td>
                            <td class="actions muted">{t.job.added}</td>
                        </tr>
                    ))}
                </tbody>
            </table>
            {missing && missing.count > names.length && <p class="muted">{t.job.moreMissing(missing.count - names.length)}</p>}
            <div class="row">
                <button type="button" class="button primary" onClick={start}>
                    {t.job.start}
                </button>
            </div>
        </section>
    );
}
