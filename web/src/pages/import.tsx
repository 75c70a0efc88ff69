/** Import: files or folders dropped on the page, or a folder of the server; then its progress and its report. */
import { useSignal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { all, at, post, send } from '../api/client';
import type { Format, Job, Upload } from '../api/types';
import { href } from '../app/router';
import { isOwner, words } from '../app/session';
import { t } from '../texts';
import { Icon } from '../ui/icons';
import { isOver, JobProgress, useJob } from '../ui/job';
import { fail } from '../ui/parts';
import { ReportView } from '../ui/report';
import { useResource } from '../ui/resource';

interface Picked {
    path: string;
    file: File;
}

interface Options {
    format: string;
    layer: string;
    split: string;
    waiting: boolean;
    replace: boolean;
    add_classes: boolean;
}

const atOnce = 4;

export default function Import({ project }: { project: string }) {
    const formats = useResource(() => all<Format>('formats'), []);
    const picked = useSignal<Picked[]>([]);
    const source = useSignal('');
    const options = useSignal<Options>({ format: '', layer: '', split: '', waiting: false, replace: false, add_classes: false });
    const upload = useSignal<{ id: string; sent: number; bytes: number } | null>(null);
    const job = useSignal<Job | null>(null);
    const problem = useSignal('');

    const start = async (change: Partial<Options> = {}) => {
        problem.value = '';
        options.value = { ...options.value, ...change };
        try {
            let from: { upload: string } | { source: string } = { source: source.value.trim() };
            if (picked.value.length) {
                upload.value ??= await sendFiles(picked.value, (now) => (upload.value = now));
                from = { upload: upload.value.id };
            }
            const chosen = Object.fromEntries(Object.entries(options.value).filter(([, value]) => value));
            job.value = await post<Job>(at`projects/${project}/imports`, { ...from, ...chosen });
        } catch (error) {
            problem.value = words(error);
            if (upload.value && upload.value.sent < upload.value.bytes) upload.value = null;
        }
    };
    const reset = () => {
        picked.value = [];
        upload.value = null;
        job.value = null;
    };
    const bytes = picked.value.reduce((sum, { file }) => sum + file.size, 0);
    return (
        <main class="page">
            <div class="inner narrow">
                <div class="page-head">
                    <h1>{t.import.title}</h1>
                </div>
                {job.value ? (
                    <Running key={job.value.id} start={job.value} project={project} again={reset} addClasses={() => void start({ add_classes: true })} />
                ) : upload.value ? (
                    <section class="card section stack">
                        <p>{t.import.uploading(upload.value.sent, upload.value.bytes)}</p>
                        <div class="bar">
                            <span style={{ width: `${(upload.value.sent / Math.max(1, upload.value.bytes)) * 100}%` }} />
                        </div>
                    </section>
                ) : (
                    <>
                        <DropZone take={(more) => (picked.value = [...picked.value, ...more])} />
                        {picked.value.length > 0 && (
                            <div class="row picked">
                                <span class="grow">{t.import.picked(picked.value.length, bytes)}</span>
                                <button type="button" class="button quiet" onClick={() => (picked.value = [])}>
                                    {t.import.clear}
                                </button>
                            </div>
                        )}
                        {isOwner.value && !picked.value.length && (
                            <div class="field">
                                <label for="source">{t.import.source}</label>
                                <input id="source" class="input" spellcheck={false} autocomplete="off" placeholder="/data/photos" value={source.value} onInput={(e) => (source.value = e.currentTarget.value)} />
                                <span class="muted small">{t.import.sourceHint}</span>
                            </div>
                        )}
                        <fieldset class="card section options">
                            <legend class="hidden-text">{t.import.options}</legend>
                            <div class="field">
                                <label for="format">{t.import.format}</label>
                                <select id="format" class="input" value={options.value.format} onChange={(e) => (options.value = { ...options.value, format: e.currentTarget.value })}>
                                    <option value="">{t.import.anyFormat}</option>
                                    {formats.value.value
                                        ?.filter((format) => format.read)
                                        .map((format) => (
                                            <option key={format.name} value={format.name}>
                                                {format.title}
                                            </option>
                                        ))}
                                </select>
                            </div>
                            {(['layer', 'split'] as const).map((name) => (
                                <div key={name} class="field">
                                    <label for={name}>{t.import[name]}</label>
                                    <input id={name} class="input" autocomplete="off" placeholder={t.import[`${name}Hint`]} value={options.value[name]} onInput={(e) => (options.value = { ...options.value, [name]: e.currentTarget.value })} />
                                </div>
                            ))}
                            {(['waiting', 'replace', 'add_classes'] as const).map((name) => (
                                <label key={name} class="check">
                                    <input type="checkbox" checked={options.value[name]} onChange={(e) => (options.value = { ...options.value, [name]: e.currentTarget.checked })} />
                                    {t.import[name]}
                                </label>
                            ))}
                        </fieldset>
                        <div class="row">
                            <button type="button" class="button primary" disabled={!picked.value.length && !source.value.trim()} onClick={() => void start()}>
                                {t.import.start}
                            </button>
                            <span class="problem" role="alert">
                                {problem.value}
                            </span>
                        </div>
                    </>
                )}
            </div>
        </main>
    );
}

function Running({ start, project, again, addClasses }: { start: Job; project: string; again: () => void; addClasses: () => void }) {
    const job = useJob(start);
    if (!isOver(job))
        return (
            <section class="card section">
                <JobProgress job={job} />
            </section>
        );
    const refused = job.error?.code === 'refused';
    return (
        <section class="card section stack">
            <h2 class={job.state === 'done' ? 'ok' : 'err'}>{job.state === 'done' ? t.import.done : t.jobs.state[job.state]}</h2>
            {job.error && <p role="alert">{job.error.message}</p>}
            {job.report && <ReportView report={job.report} />}
            <div class="row">
                {refused && (
                    <button type="button" class="button primary" onClick={addClasses}>
                        {t.import.addClasses}
                    </button>
                )}
                {job.state === 'done' && (
                    <>
                        <a class="button primary" href={href('projects', project, 'items')}>
                            {t.import.show}
                        </a>
                        <a class="button" href={href('projects', project, 'next')}>
                            {t.project.start}
                        </a>
                    </>
                )}
                <button type="button" class="button" onClick={again}>
                    {t.import.again}
                </button>
            </div>
        </section>
    );
}

function DropZone({ take }: { take: (files: Picked[]) => void }) {
    const over = useSignal(false);
    const files = useRef<HTMLInputElement>(null);
    const folder = useRef<HTMLInputElement | null>(null);
    const fromInput = (e: Event) => {
        const input = e.currentTarget as HTMLInputElement;
        take([...(input.files ?? [])].map((file) => ({ path: file.webkitRelativePath || file.name, file })));
        input.value = '';
    };
    const drop = async (e: DragEvent) => {
        e.preventDefault();
        over.value = false;
        const entries = [...(e.dataTransfer?.items ?? [])].map((item) => item.webkitGetAsEntry()).filter((entry) => entry !== null);
        const found = await Promise.all(entries.map((entry) => walk(entry, ''))).catch((error) => {
            fail(error);
            return [];
        });
        take(found.flat());
    };
    return (
        <div
            class={over.value ? 'drop over' : 'drop'}
            onDragOver={(e) => {
                e.preventDefault();
                over.value = true;
            }}
            onDragLeave={() => (over.value = false)}
            onDrop={(e) => void drop(e)}
        >
            <Icon name="upload" size={32} />
            <p>{t.import.drop}</p>
            <p class="muted small">{t.import.dropHint}</p>
            <div class="row">
                <button type="button" class="button" onClick={() => folder.current!.click()}>
                    {t.import.chooseFolder}
                </button>
                <button type="button" class="button" onClick={() => files.current!.click()}>
                    {t.import.chooseFiles}
                </button>
            </div>
            <input ref={files} type="file" multiple hidden aria-label={t.import.chooseFiles} onChange={fromInput} />
            <input
                ref={(input) => {
                    folder.current = input;
                    if (input) input.webkitdirectory = true;
                }}
                type="file" hidden aria-label={t.import.chooseFolder} onChange={fromInput} />
        </div>
    );
}

async function walk(entry: FileSystemEntry, under: string): Promise<Picked[]> {
    const path = under + entry.name;
    if (entry.isFile) {
        const file = await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject));
        return [{ path, file }];
    }
    const reader = (entry as FileSystemDirectoryEntry).createReader();
    const found: Picked[] = [];
    // A reader hands out some hundred at a time, until it has none left.
    for (;;) {
        const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
        if (!some.length) return found;
        for (const child of some) found.push(...(await walk(child, `${path}/`)));
    }
}

async function sendFiles(files: Picked[], progress: (now: { id: string; sent: number; bytes: number }) => void) {
    const { id } = await post<Upload>('uploads');
    const state = { id, sent: 0, bytes: files.reduce((sum, { file }) => sum + file.size, 0) };
    const left = [...files];
    progress({ ...state });
    const one = async () => {
        for (let next = left.shift(); next; next = left.shift()) {
            await send('PUT', at`uploads/${id}/files`, { query: { path: next.path }, body: next.file, headers: { 'content-type': 'application/octet-stream' } });
            state.sent += next.file.size;
            progress({ ...state });
        }
    };
    await Promise.all(Array.from({ length: atOnce }, one));
    return { ...state, sent: state.bytes };
}
