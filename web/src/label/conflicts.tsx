/** Edits that were not taken: both versions beside each other, and a decision for each. */
import type { Label, Value } from '../api/types';
import { me, words } from '../app/session';
import type { Problem } from '../editor/sync/outbox';
import { kinds } from '../editor/model/shape';
import { t } from '../texts';
import { Dialog, fail } from '../ui/parts';
import type { Work } from './work';

type Version = Partial<Label> | null;

export function Conflicts({ work, onClose }: { work: Work; onClose: () => void }) {
    const problems = work.sync.problems.value;
    if (!problems.length) return null;
    return (
        <Dialog title={t.label.conflictTitle} onClose={onClose} wide>
            <p class="muted">{t.label.conflictHint}</p>
            <ul class="stack">
                {problems.map((problem) => (
                    <Conflict key={problem.n} work={work} problem={problem} />
                ))}
            </ul>
        </Dialog>
    );
}

function Conflict({ work, problem }: { work: Work; problem: Problem }) {
    const { edit, error, theirs } = problem;
    const isConflict = error.code === 'conflict' || error.code === 'not-found';
    return (
        <li class="card conflict">
            {error.message && !theirs && <p class="small warn">{words(new Error(error.message))}</p>}
            {edit && <Versions mine={edit.op === 'remove' ? null : edit.label} theirs={isConflict ? (theirs ?? null) : undefined} />}
            <div class="row">
                <button type="button" class="button" onClick={() => void work.keepMine(problem).catch(fail)}>
                    {isConflict ? t.label.keepMine : t.label.again}
                </button>
                <button type="button" class="button" onClick={() => void work.dropMine(problem).catch(fail)}>
                    {isConflict ? t.label.takeTheirs : t.label.dropMine}
                </button>
            </div>
        </li>
    );
}

/** What a label says, in words, by name. */
function wordsOf(label: Version): Map<string, string> {
    const words = new Map<string, string>();
    if (!label) return words;
    words.set(t.label.class, label.class ?? '');
    if (label.layer && label.layer !== 'truth') words.set(t.label.layer, label.layer);
    words.set(t.label.shape, shapeWords(label));
    for (const [name, value] of Object.entries(label.attributes ?? {})) words.set(name, valueWords(value));
    if (label.by) words.set(t.label.by, label.by);
    return words;
}

function shapeWords(label: Partial<Label>): string {
    if (label.box) return t.label.boxWords(label.box.map(Math.round));
    if (label.polygon) return t.label.points(label.polygon.flat().reduce((sum, ring) => sum + ring.length / 2, 0));
    return kinds.find((kind) => label[kind]) ?? '';
}

function valueWords(value: Value): string {
    if (typeof value === 'boolean') return value ? t.label.yes : t.label.no;
    return Array.isArray(value) ? value.join(', ') : String(value);
}

function Versions({ mine, theirs }: { mine: Version; theirs?: Version }) {
    const [a, b] = [wordsOf(mine), wordsOf(theirs ?? null)];
    if (mine && me.value) a.set(t.label.by, me.value.name);
    const both = theirs !== undefined;
    const names = [...new Set([...a.keys(), ...b.keys()])];
    const differs = (name: string) => both && mine && theirs && name !== t.label.by && a.get(name) !== b.get(name);
    return (
        <table class="versions">
            <thead>
                <tr>
                    <td />
                    <th scope="col">{mine ? t.label.mine : `${t.label.mine}: ${t.label.removed}`}</th>
                    {both && <th scope="col">{theirs ? t.label.theirs : `${t.label.theirs}: ${t.label.removed}`}</th>}
                </tr>
            </thead>
            <tbody>
                {names.map((name) => (
                    <tr key={name} class={differs(name) ? 'differs' : undefined}>
                        <th scope="row">{name}</th>
                        <td>{a.get(name)}</td>
                        {both && <td>{b.get(name)}</td>}
                    </tr>
                ))}
            </tbody>
        </table>
    );
}
