/** Import: files or folders dropped on the page, or a folder of the server, and what to do with them. Its job's page shows the rest. */
import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { all, at, post } from '../api/client';
import { type Picked, Upload } from '../api/upload';
import type { Format, Job } from '../api/types';
import { go, guardLeaving, href } from '../app/router';
import { words } from '../app/session';
import { t } from '../texts';
import { Icon } from '../ui/icons';
import { Bar } from '../ui/job';
import { fail } from '../ui/parts';
import { useResource } from '../ui/resource';

interface Options {
    format: string;
    dataset: string;
    layer: string;
    split: string;
    waiting: boolean;
    replace: boolean;
    add_classes: boolean;
}

const switches = ['waiting', 'replace', 'add_classes'] as const;

/** Where one folder alone was given, it is the source, as it is for the command line: items are named from there on. */
function folderOf(picked: Picked[]): string | undefined {
    const [first] = picked[0].path.split('/');
    return picked.every(({ path }) => path.startsWith(`${first}/`)) ? first : undefined;
}

export default function Import({ project }: { project: string }) {
    const formats = useResource(() => all<Format>('formats'), []);
    const picked = useSignal<Picked[]>([]);
    const source = useSignal('');
    const options = useSignal<Options>({ format: '', dataset: '', layer: '', split: '', waiting: false, replace: false, add_classes: false });
    const upload = useSignal<Upload | null>(null);
    const problem = useSignal('');
    const set = (change: Partial<Options>) => (options.value = { ...options.value, ...change });

    useEffect(() => {
        if (!upload.value) return;
        guardLeaving(() => !confirm(t.import.leave));
        const stay = (e: BeforeUnloadEvent) => e.preventDefault();
        addEventListener('beforeunload', stay);
        return () => {
            guardLeaving(null);
            removeEventListener('beforeunload', stay);
        };
    }, [upload.value]);
    useEffect(() => () => upload.peek()?.stop(), []);

    const start = async (dry_run: boolean) => {
        problem.value = '';
        try {
            let from: { upload: string; folder?: string } | { source: string } = { source: source.value.trim() };
            if (picked.value.length) {
                upload.value = new Upload(picked.value);
                from = { upload: await upload.value.send(), folder: folderOf(picked.value) };
            }
            const chosen = Object.fromEntries(Object.entries({ ...options.value, dry_run }).filter(([, value]) => value));
            const job = await post<Job>(at`projects/${project}/imports`, { ...from, ...chosen });
            guardLeaving(null);
            go(href('projects', project, 'import', job.id));
        } catch (error) {
            if (!upload.value?.isStopped) problem.value = words(error);
        }
        upload.value = null;
    };
    return (
        <main class="page">
            <div class="inner narrow">
                <div class="page-head">
                    <h1>{t.import.title}</h1>
                </div>
                {upload.value ? (
                    <Sending upload={upload.value} />
                ) : (
                    <>
                        <DropZone take={(more) => (picked.value = merge(picked.value, more))} />
                        {picked.value.length > 0 && <PickedList picked={picked.value} clear={() => (picked.value = [])} />}
                        {!picked.value.length && (
                            <div class="field">
                                <label for="source">{t.import.source}</label>
                                <input id="source" class="input" spellcheck={false} autocomplete="off" placeholder="/data/photos" value={source.value} onInput={(e) => (source.value = e.currentTarget.value)} />
                                <span class="muted small">{t.import.sourceHint}</span>
                            </div>
                        )}
                        <details class="card fold">
                            <summary>{t.import.options}</summary>
                            <div class="section options">
                                <div class="field wide">
                                    <label for="format">{t.import.format}</label>
                                    <select id="format" class="input" value={options.value.format} onChange={(e) => set({ format: e.currentTarget.value })}>
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
                                {(['dataset', 'layer', 'split'] as const).map((name) => (
                                    <div key={name} class="field">
                                        <label for={name}>{t.import[name]}</label>
                                        <input id={name} class="input" autocomplete="off" placeholder={t.import[`${name}Hint`]} value={options.value[name]} onInput={(e) => set({ [name]: e.currentTarget.value })} />
                                    </div>
                                ))}
                                {switches.map((name) => (
                                    <label key={name} class="check">
                                        <input type="checkbox" checked={options.value[name]} onChange={(e) => set({ [name]: e.currentTarget.checked })} />
                                        {t.import[name]}
                                    </label>
                                ))}
                            </div>
                        </details>
                        <div class="row">
                            {([false, true] as const).map((dry) => (
                                <button key={String(dry)} type="button" class={dry ? 'button' : 'button primary'} title={dry ? t.import.tryHint : undefined} disabled={!picked.value.length && !source.value.trim()} onClick={() => void start(dry)}>
                                    {dry ? t.import.try : t.import.start}
                                </button>
                            ))}
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

const order = new Intl.Collator(undefined, { numeric: true });

/** A file that is picked again takes the place of the one before. */
function merge(before: Picked[], more: Picked[]): Picked[] {
    const files = [...new Map([...before, ...more].map((file) => [file.path, file])).values()];
    return files.sort((a, b) => order.compare(a.path, b.path));
}

const fewFiles = 5;

function PickedList({ picked, clear }: { picked: Picked[]; clear: () => void }) {
    const bytes = picked.reduce((sum, { file }) => sum + file.size, 0);
    return (
        <section class="card section stack">
            <div class="row">
                <strong class="grow">{t.import.picked(picked.length, bytes)}</strong>
                <button type="button" class="button quiet" onClick={clear}>
                    {t.import.clear}
                </button>
            </div>
            <ul class="muted small">
                {picked.slice(0, fewFiles).map(({ path }) => (
                    <li key={path} class="ellipsis" title={path}>
                        <bdi>{path}</bdi>
                    </li>
                ))}
                {picked.length > fewFiles && <li>{t.import.morePicked(picked.length - fewFiles)}</li>}
            </ul>
        </section>
    );
}

function Sending({ upload }: { upload: Upload }) {
    const { sent, bytes, files, filesSent } = upload.progress.value;
    return (
        <section class="card section stack">
            <div class="row">
                <span class="grow" role="status">
                    {t.import.uploading(sent, bytes)}
                </span>
                <span class="muted">{t.import.filesSent(filesSent, files)}</span>
                <button type="button" class="button" onClick={() => upload.stop()}>
                    {t.cancel}
                </button>
            </div>
            <Bar share={bytes ? sent / bytes : 0} label={t.import.title} />
            <p class="muted small">{t.import.stay}</p>
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
    // Anywhere on the page: beside the zone the browser would leave the page and open the file.
    useEffect(() => {
        const enter = (e: DragEvent) => {
            e.preventDefault();
            over.value = true;
        };
        const leave = (e: DragEvent) => {
            if (!e.relatedTarget) over.value = false;
        };
        const dropped = (e: DragEvent) => void drop(e);
        addEventListener('dragover', enter);
        addEventListener('dragleave', leave);
        addEventListener('drop', dropped);
        return () => {
            removeEventListener('dragover', enter);
            removeEventListener('dragleave', leave);
            removeEventListener('drop', dropped);
        };
    }, []);
    return (
        <div class={over.value ? 'drop over' : 'drop'}>
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
