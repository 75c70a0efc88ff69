/** A job as it goes on: watched until it has ended. */
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { at, get, post } from '../api/client';
import type { Job } from '../api/types';
import { t } from '../texts';
import { fail, number } from './parts';

export const isOver = (job: Job) => job.state !== 'waiting' && job.state !== 'running';
const poll_ms = 500;

export function useJob(start: Job): Job {
    const job = useSignal(start);
    useEffect(() => {
        let timer: ReturnType<typeof setTimeout>;
        const look = async () => {
            try {
                job.value = await get<Job>(at`jobs/${start.id}`);
            } catch {
                /* asked again */
            }
            if (!isOver(job.value)) timer = setTimeout(look, poll_ms);
        };
        if (!isOver(start)) timer = setTimeout(look, poll_ms);
        return () => clearTimeout(timer);
    }, [start.id]);
    return job.value;
}

export function JobProgress({ job }: { job: Job }) {
    const share = job.total ? job.done / job.total : 0;
    return (
        <div class="stack job-progress">
            <div class="row">
                <span class="grow">{job.message || t.jobs.state[job.state]}</span>
                <span class="muted">{job.total ? `${number(job.done)} / ${number(job.total)}` : number(job.done)}</span>
                <button type="button" class="button" onClick={() => void post(at`jobs/${job.id}/cancel`).catch(fail)}>
                    {t.cancel}
                </button>
            </div>
            <div class="bar" role="progressbar" aria-label={job.kind} aria-valuemin={0} aria-valuemax={job.total || undefined} aria-valuenow={job.total ? job.done : undefined}>
                <span style={{ width: `${share * 100}%` }} />
            </div>
        </div>
    );
}
