/** A job as it goes on: watched until it has ended. */
import { useEffect } from 'preact/hooks';
import { at, get, post } from '../api/client';
import type { Job } from '../api/types';
import { number, t } from '../texts';
import { fail } from './parts';
import { type Resource, useResource } from './resource';

export const isOver = (job: Job) => job.state !== 'waiting' && job.state !== 'running';
const poll_ms = 500;

/** Of the last look; a look that fails is tried again. */
export function useJob(id: number): Resource<Job> {
    const job = useResource(() => get<Job>(at`jobs/${id}`), [id]);
    const now = job.value.value;
    const failed = job.error.value;
    useEffect(() => {
        if (!now || isOver(now)) return;
        const timer = setTimeout(job.reload, poll_ms);
        return () => clearTimeout(timer);
    }, [now, failed]);
    return job;
}

export function JobProgress({ job }: { job: Job }) {
    const share = job.total ? job.done / job.total : 0;
    const waits = job.state === 'waiting';
    return (
        <div class="stack job-progress">
            <div class="row">
                <span class="grow">{job.message || t.jobs.state[job.state]}</span>
                {!waits && job.done > 0 && <span class="muted">{job.total ? t.jobs.progressOf(job.done, job.total) : number(job.done)}</span>}
                <button type="button" class="button" onClick={() => void post(at`jobs/${job.id}/cancel`).catch(fail)}>
                    {t.cancel}
                </button>
            </div>
            <Bar share={share} label={t.job.title(job.id)} />
            <p class="muted small">{waits ? t.job.queued : t.job.goesOn}</p>
        </div>
    );
}

export function Bar({ share, label }: { share: number; label: string }) {
    return (
        <div class="bar" role="progressbar" aria-label={label} aria-valuemin={0} aria-valuemax={100} aria-valuenow={Math.floor(share * 100)}>
            <span style={{ width: `${share * 100}%` }} />
        </div>
    );
}
