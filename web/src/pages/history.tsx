/** History: every accepted change, newest first, each with a way to take it back. */
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { at, get, post } from '../api/client';
import type { Commit, Page } from '../api/types';
import { isOwner } from '../app/session';
import { t } from '../texts';
import { type Step, StepLine, stepsOf } from '../ui/commits';
import { Ask, Failure, fail, Loading, Notice, toast } from '../ui/parts';

const pageSize = 500;
const fewSteps = 20;
const mostPages = 10;

export default function History({ project }: { project: string }) {
    const commits = useSignal<Commit[] | null>(null);
    const next = useSignal<string | null>(null);
    const error = useSignal<unknown>(null);
    const asking = useSignal<Step | null>(null);
    const load = async (after: string | null) => {
        try {
            // One import may be thousands of commits: go on until there is something to see.
            let rows = after ? commits.value! : [];
            const shown = stepsOf(rows).length;
            for (let more = 0; more === 0 || (after && more < mostPages && stepsOf(rows).length < shown + fewSteps); more++) {
                const page: Page<Commit> = await get(at`projects/${project}/log`, { after, limit: pageSize });
                rows = [...rows, ...page.rows];
                after = page.next;
            }
            commits.value = rows;
            next.value = after;
            error.value = null;
        } catch (failed) {
            error.value = failed;
        }
    };
    useEffect(() => void load(null), [project]);
    const undo = async (step: Step) => {
        const { job } = step.newest;
        if (job) toast(t.history.undoing);
        try {
            const { seq } = await post<{ seq: number }>(at`projects/${project}/undo`, job ? { job } : { commits: step.seqs });
            toast(t.history.undone(seq));
        } catch (failed) {
            fail(failed);
        }
        await load(null);
    };
    const steps = stepsOf(commits.value ?? []);
    return (
        <main class="page">
            <div class="inner narrow">
                <div class="page-head">
                    <h1>{t.history.title}</h1>
                </div>
                {error.value ? (
                    <Failure error={error.value} retry={() => void load(null)} />
                ) : !commits.value ? (
                    <Loading />
                ) : steps.length ? (
                    <>
                        <ul class="card recent history">
                            {steps.map((step) => (
                                <StepLine key={step.newest.seq} project={project} step={step}>
                                    <span class="muted small number" title={t.history.commit(step.newest.seq)}>#{step.newest.seq}</span>
                                    {isOwner.value && step.newest.kind !== 'ontology' ? (
                                        <button type="button" class="button quiet" onClick={() => (asking.value = step)}>
                                            {t.history.undo}
                                            <span class="hidden-text"> {step.newest.seq}</span>
                                        </button>
                                    ) : (
                                        <span />
                                    )}
                                </StepLine>
                            ))}
                        </ul>
                        {next.value && (
                            <div class="row">
                                <button type="button" class="button" onClick={() => void load(next.value)}>
                                    {t.older}
                                </button>
                            </div>
                        )}
                    </>
                ) : (
                    <Notice icon="undo" title={t.history.none}>
                        {t.history.noneHint}
                    </Notice>
                )}
            </div>
            {asking.value && (
                <Ask
                    title={asking.value.newest.job ? t.history.askJob(asking.value.newest.job) : t.history.ask(asking.value.newest.seq)}
                    yes={t.history.undo}
                    onYes={() => void undo(asking.value!)}
                    onClose={() => (asking.value = null)}
                >
                    {asking.value.newest.job ? t.history.askJobHint : t.history.askHint}
                </Ask>
            )}
        </main>
    );
}
