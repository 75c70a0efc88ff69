/** Jobs: what runs, what has ended, and the way to their reports. */
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { at, get, post } from '../api/client';
import type { Job, Page } from '../api/types';
import { href } from '../app/router';
import { isOwner } from '../app/session';
import { t } from '../texts';
import { Bar, isOver } from '../ui/job';
import { Failure, fail, Loading, Notice, When } from '../ui/parts';
import { useResource } from '../ui/resource';

const pageSize = 50;
const quick_ms = 1000;
const slow_ms = 10_000;

export default function Jobs() {
    const length = useSignal(pageSize);
    const { value, error, reload } = useResource(() => get<Page<Job>>('jobs', { limit: length.value }), []);
    const jobs = value.value?.rows;
    useEffect(() => {
        const timer = setTimeout(reload, jobs?.some((job) => !isOver(job)) ? quick_ms : slow_ms);
        return () => clearTimeout(timer);
    }, [value.value, error.value]);
    return (
        <main class="page">
            <div class="inner">
                <div class="page-head">
                    <h1>{t.jobs.title}</h1>
                </div>
                {error.value && !jobs ? (
                    <Failure error={error.value} retry={reload} />
                ) : !jobs ? (
                    <Loading />
                ) : jobs.length ? (
                    <>
                        <div class="card wide-table">
                            <table class="table">
                                <thead>
                                    <tr>
                                        {[t.jobs.kind, t.jobs.project, t.jobs.stateTitle, t.jobs.progress, t.jobs.by, t.jobs.created, t.jobs.took].map((name) => (
                                            <th key={name}>{name}</th>
                                        ))}
                                        <th>
                                            <span class="hidden-text">{t.jobs.actions}</span>
                                        </th>
                                    </tr>
                                </thead>
                                <tbody>
                                    {jobs.map((job) => (
                                        <Row key={job.id} job={job} reload={reload} />
                                    ))}
                                </tbody>
                            </table>
                        </div>
                        {value.value!.next && (
                            <button
                                type="button"
                                class="button older"
                                onClick={() => {
                                    length.value += pageSize;
                                    reload();
                                }}
                            >
                                {t.older}
                            </button>
                        )}
                    </>
                ) : (
                    <Notice icon="jobs" title={t.jobs.none}>
                        {t.jobs.noneHint}
                    </Notice>
                )}
            </div>
        </main>
    );
}

function Row({ job, reload }: { job: Job; reload: () => void }) {
    const isImport = job.kind === 'import' && job.project;
    const name = isImport ? (job.params?.dry_run ? t.job.tryTitle : t.job.title)(job.id) : `${t.jobs.kinds[job.kind] ?? job.kind} ${job.id}`;
    return (
        <tr>
            <td>
                {isImport ? (
                    <a class="link" href={href('projects', job.project!, 'import', job.id)}>
                        {name}
                    </a>
                ) : (
                    name
                )}
            </td>
            <td class="ellipsis name">
                {job.project && (
                    <a href={href('projects', job.project)}>
                        <bdi>{job.project}</bdi>
                    </a>
                )}
            </td>
            <td class={`name ${job.state === 'failed' ? 'err' : job.state === 'done' ? 'ok' : ''}`}>
                {t.jobs.state[job.state]}
                {job.state === 'failed' && job.error && <p class="muted small ellipsis" title={job.error.message}>{job.error.message}</p>}
            </td>
            <td>{!isOver(job) ? <Bar share={job.total ? job.done / job.total : 0} label={name} /> : job.report ? t.items(job.report.items.read) : null}</td>
            <td class="ellipsis name">{job.by}</td>
            <td>
                <When at={job.created} />
            </td>
            <td>{job.report ? t.job.seconds(job.report.seconds) : null}</td>
            <td class="actions">
                {!isOver(job) && isOwner.value && (
                    <button type="button" class="button quiet" onClick={() => void post(at`jobs/${job.id}/cancel`).then(reload, fail)}>
                        {t.cancel}
                        <span class="hidden-text"> {name}</span>
                    </button>
                )}
            </td>
        </tr>
    );
}
