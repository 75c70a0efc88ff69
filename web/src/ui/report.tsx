/** The report of an import or export: one shape on the command line, in the API and here. */
import type { ComponentChildren } from 'preact';
import type { Issue, Report } from '../api/types';
import { href } from '../app/router';
import { number, t } from '../texts';
import { Icon } from './icons';

export function ReportView({ report, project }: { report: Report; project?: string }) {
    const { items, labels, classes } = report;
    const rows: [string, number, number, number, number][] = [
        [t.report.items, items.read, items.added, items.matched, items.skipped],
        [t.report.labels, labels.read, labels.written, labels.matched, labels.skipped],
    ];
    const kinds = Object.entries(labels.kinds).filter(([, n]) => n > 0);
    return (
        <div class="stack">
            <table class="table even">
                <thead>
                    <tr>
                        <td />
                        {[t.report.read, t.report.written, t.report.matched, t.report.skipped].map((name) => (
                            <th key={name} class="number">
                                {name}
                            </th>
                        ))}
                    </tr>
                </thead>
                <tbody>
                    {rows.map(([name, ...numbers]) => (
                        <tr key={name}>
                            <td>{name}</td>
                            {numbers.map((n, i) => (
                                <td key={i} class={n ? 'number' : 'number muted'}>
                                    {number(n)}
                                </td>
                            ))}
                        </tr>
                    ))}
                </tbody>
            </table>
            {(kinds.length > 0 || classes.added > 0) && (
                <p class="muted">
                    {[kinds.length && t.report.shapes(kinds.map(([kind, n]) => `${t.ontology.kind[kind as 'box']} ${number(n)}`)), classes.added && t.report.classesAdded(classes.added)].filter(Boolean).join(' ')}
                </p>
            )}
            <Issues issues={report.issues} project={project} />
        </div>
    );
}

const icons = { info: 'info', warning: 'warning', error: 'warning' } as const;
const tones = { info: 'muted', warning: 'warn', error: 'err' } as const;
const order = ['error', 'warning', 'info'] as const;

/** What did not go as read, the gravest first; examples lead to their items where there is a project to look in. */
export function Issues({ issues, project }: { issues: Issue[]; project?: string }) {
    return (
        <>
            {order
                .map((severity) => issues.filter((issue) => issue.severity === severity))
                .filter((some) => some.length)
                .map((some) => (
                    <section key={some[0].severity}>
                        <h3 class={`row ${tones[some[0].severity]}`}>
                            <Icon name={icons[some[0].severity]} />
                            {t.report.severity[some[0].severity]}
                        </h3>
                        <ul class="issues">
                            {some.map((issue) => (
                                <IssueRow key={issue.code + issue.message} issue={issue} project={project} />
                            ))}
                        </ul>
                    </section>
                ))}
        </>
    );
}

function IssueRow({ issue, project }: { issue: Issue; project?: string }) {
    const examples = issue.examples ?? (issue.example ? [issue.example] : []);
    const lines = examples.map((example) => (
        <li key={example}>
            <Example text={example} project={project} />
        </li>
    ));
    return (
        <li>
            <span class="row">
                <span class="grow">{issue.message}</span>
                {issue.count > 1 && <span class="muted">{t.report.times(issue.count)}</span>}
            </span>
            <ul class="examples muted small">{lines.slice(0, 2)}</ul>
            {lines.length > 2 && (
                <details class="small">
                    <summary>{t.report.moreExamples(lines.length - 2, issue.count)}</summary>
                    <ul class="examples muted small">{lines.slice(2)}</ul>
                </details>
            )}
        </li>
    );
}

const ofItem = /\.(jpe?g|png|bmp|webp|gif|tiff?|avif|heic|txt|xml)$/i;

/** "labels/a.txt: line 3" is about the item whose name holds "a". */
function Example({ text, project }: { text: string; project?: string }): ComponentChildren {
    const parts = text.split(': ');
    const about = project === undefined ? -1 : parts.findIndex((part) => ofItem.test(part));
    if (about < 0) return text;
    const stem = parts[about].replace(/^.*\//, '').replace(ofItem, '');
    return (
        <>
            {parts.slice(0, about).map((part) => `${part}: `)}
            <a class="link" href={`${href('projects', project!, 'items')}?text=${encodeURIComponent(stem)}`} title={t.report.find}>
                {parts[about]}
            </a>
            {parts.slice(about + 1).map((part) => `: ${part}`)}
        </>
    );
}
