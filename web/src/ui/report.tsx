/** The report of an import or export: one shape on the command line, in the API and here. */
import type { Issue, Report } from '../api/types';
import { t } from '../texts';
import { Icon } from './icons';
import { number } from './parts';

export function ReportView({ report }: { report: Report }) {
    const { items, labels, classes } = report;
    const rows: [string, number, number, number, number][] = [
        [t.report.items, items.read, items.added, items.matched, items.skipped],
        [t.report.labels, labels.read, labels.written, labels.matched, labels.skipped],
    ];
    return (
        <div class="stack">
            <table class="table">
                <thead>
                    <tr>
                        <th>{report.format}</th>
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
                                <td key={i} class="number">
                                    {number(n)}
                                </td>
                            ))}
                        </tr>
                    ))}
                </tbody>
            </table>
            {classes.added > 0 && <p class="muted">{t.report.classesAdded(classes.added)}</p>}
            <Issues issues={report.issues} />
        </div>
    );
}

const icons = { info: 'info', warning: 'warning', error: 'warning' } as const;
const tones = { info: 'muted', warning: 'warn', error: 'err' } as const;

export function Issues({ issues }: { issues: Issue[] }) {
    if (!issues.length) return null;
    const order = ['error', 'warning', 'info'];
    const sorted = [...issues].sort((a, b) => order.indexOf(a.severity) - order.indexOf(b.severity));
    return (
        <ul class="issues">
            {sorted.map((issue, i) => (
                <li key={i}>
                    <span class={tones[issue.severity]}>
                        <Icon name={icons[issue.severity]} title={t.report.severity[issue.severity]} />
                    </span>
                    <span class="grow">
                        {issue.message}
                        {issue.example && <span class="muted small example">{issue.example}</span>}
                    </span>
                    <span class="muted">{number(issue.count)} ×</span>
                </li>
            ))}
        </ul>
    );
}
