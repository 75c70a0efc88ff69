/** Jobs: what runs, what has ended, and their reports. */
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { at, get, post } from '../api/client';
import type { Job, Page } from '../api/types';
import { t } from '../texts';
import { isOver } from '../ui/job';
import { Dialog, fail, Failure, Notice, number, When } from '../ui/parts';
import { ReportView } from '../ui/report';
import { useResource } from '../ui/resource';

export default function Jobs() {
    const { value, error, reload } = useResource(() => get<Page<Job>>('jobs', { limit: 100 }), []);
    const shown = useSignal<Job | null>(null);
    const jobs = value.value?.rows;
    useEffect(() => {
        if (!jobs?.some((job) => !isOver(job))) return;
        const timer = setTimeout(reload, 1000);
        return () => clearTimeout(timer);
    }, [jobs]);
    return (
        <main class="page">
            <div class="inner">
                <div class="page-head">
                    <h1>{t.jobs.title}</h1>
                </div>
                {error.value ? (
                    <Failure error={error.value} retry={reload} />
                ) : !jobs ? null : jobs.length ? (
                    <div class="card">
                        <table class="table">
                            <thead>
                                <tr>
                                    {[t.jobs.kind, t.jobs.project, t.jobs.stateTitle, t.jobs.progress, t.jobs.by, t.jobs.created].map((name) => (
                                        <th key={name}>{name}</th>
                                    ))}
                                    <th>
                                        <span class="hidden-text">{t.jobs.actions}</span>
                                    </th>
                                </tr>
                            </thead>
                            <tbody>
                                {jobs.map((job) => (
                                    <tr key={job.id}>
                                        <td>{t.jobs.kinds[job.kind] ?? job.kind}</td>
                                        <td>{job.project}</td>
                                        <td class={job.state === 'failed' ? 'err' : job.state === 'done' ? 'ok' : undefined}>{t.jobs.state[job.state]}</td>
                                        <td>{job.report ? t.items(job.report.items.read) : job.total ? `${number(job.done)} / ${number(job.total)}` : job.message}</td>
                                        <td>{job.by}</td>
                                        <td>
                                            <When at={job.created} />
                                        </td>
                                        <td class="actions">
                                            {(job.report || job.error) && (
                                                <button type="button" class="button quiet" onClick={() => (shown.value = job)}>
                                                    {t.jobs.report}
                                                </button>
                                            )}
                                            {!isOver(job) && (
                                                <button type="button" class="button quiet" onClick={() => void post(at`jobs/${job.id}/cancel`).then(reload, fail)}>
                                                    {t.cancel}
                                                </button>
                                            )}
                                        </td>
                                    </tr>
                                ))}
                            </tbody>
                        </table>
                    </div>
                ) : (
                    <Notice icon="jobs" title={t.jobs.none}>
                        {t.jobs.noneHint}
                    </Notice>
                )}
            </div>
            {shown.value && (
                <Dialog title={t.jobs.report} wide scrolls onClose={() => (shown.value = null)}>
                    {shown.value.error && <p class="err">{shown.value.error.message}</p>}
                    {shown.value.report && <ReportView report={shown.value.report} />}
                </Dialog>
            )}
        </main>
    );
}
