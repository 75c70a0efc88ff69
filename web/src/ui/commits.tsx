/** What happened in a project: commits, those of one import as one line. */
import type { ComponentChildren } from 'preact';
import type { Commit } from '../api/types';
import { href } from '../app/router';
import { t } from '../texts';
import { When } from './parts';

/** One commit, or all of an import that stand together. */
export interface Step {
    newest: Commit;
    seqs: number[];
    added: number;
    changed: number;
    removed: number;
}

export function stepsOf(commits: Commit[]): Step[] {
    const steps: Step[] = [];
    for (const commit of commits) {
        const before = steps.at(-1);
        const together = before && commit.job && before.newest.job === commit.job;
        const step = together ? before : { newest: commit, seqs: [], added: 0, changed: 0, removed: 0 };
        step.seqs.push(commit.seq);
        step.added += commit.added;
        step.changed += commit.changed;
        step.removed += commit.removed;
        if (!together) steps.push(step);
    }
    return steps;
}

/** Lines of a list; an import is counted in its report, since only a part of its commits may be at hand. */
export function StepLine({ project, step, children }: { project: string; step: Step; children?: ComponentChildren }) {
    const { newest: commit } = step;
    const counts = commit.job ? '' : t.history.change(step.added, step.changed, step.removed);
    const kind = t.history.kind[commit.kind] ?? commit.kind;
    return (
        <li>
            <span class="muted small">
                <When at={commit.at} />
            </span>
            <span class="ellipsis">
                {commit.job ? (
                    <a class="link" href={href('projects', project, 'import', commit.job)}>
                        {t.job.title(commit.job)}
                    </a>
                ) : (
                    [kind, counts, commit.kind !== 'ontology' && commit.reason].filter(Boolean).join(' · ')
                )}
            </span>
            <span class="muted small ellipsis">{commit.by}</span>
            {children}
        </li>
    );
}
