/** All projects, with covers and progress. */
import { useSignal } from '@preact/signals';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { all, ApiError, post } from '../api/client';
import { Thumbnails } from '../api/thumbnails';
import type { Project } from '../api/types';
import { go, href } from '../app/router';
import { isOwner, words } from '../app/session';
import { t } from '../texts';
import { Icon } from '../ui/icons';
import { Dialog, Failure, Notice, Progress } from '../ui/parts';
import { useResource } from '../ui/resource';

export default function Projects() {
    const { value, error, reload } = useResource(() => all<Project>('projects'), []);
    const making = useSignal(false);
    const arrived = useSignal(0);
    const thumbnails = useMemo(() => new Thumbnails(160, () => arrived.value++), []);
    useEffect(() => () => thumbnails.close(), []);
    const projects = value.value;
    const newButton = isOwner.value && (
        <button type="button" class="button primary" onClick={() => (making.value = true)}>
            <Icon name="plus" />
            {t.projects.new}
        </button>
    );
    return (
        <main class="page">
            <div class="inner">
                <div class="page-head">
                    <h1 class="grow">{t.projects.title}</h1>
                    {projects?.length ? newButton : null}
                </div>
                {error.value ? (
                    <Failure error={error.value} retry={reload} />
                ) : !projects ? (
                    <ul class="projects" aria-hidden="true">
                        {[1, 2, 3].map((i) => (
                            <li key={i} class="skeleton" style={{ height: '170px' }} />
                        ))}
                    </ul>
                ) : projects.length ? (
                    <ul class="projects">
                        {projects.filter((p) => !p.removed).map((project) => (
                            <Card key={project.id} project={project} thumbnails={thumbnails} arrived={arrived.value} />
                        ))}
                    </ul>
                ) : (
                    <Notice icon="image" title={t.projects.none} actions={newButton}>
                        {t.projects.noneHint}
                    </Notice>
                )}
            </div>
            {making.value && <NewProject onClose={() => (making.value = false)} />}
        </main>
    );
}

function Card({ project, thumbnails, arrived }: { project: Project; thumbnails: Thumbnails; arrived: number }) {
    const all = project.items;
    return (
        <li class="card project-card">
            {project.cover.length ? (
                <div class="cover">
                    {project.cover.map((item) => (
                        <Cover key={item} item={item} thumbnails={thumbnails} arrived={arrived} />
                    ))}
                </div>
            ) : (
                <div class="cover none">
                    <Icon name="image" size={24} />
                </div>
            )}
            <a class="about" href={href('projects', project.name)}>
                <h2 class="ellipsis">{project.name}</h2>
                <Progress tasks={project.tasks} />
                <span class="muted small">
                    {all ? `${t.items(all)} · ${t.labels(project.labels)} · ${t.projects.done(project.tasks.done, all)}` : t.projects.noItems}
                    {project.archived && ` · ${t.projects.archived}`}
                </span>
            </a>
        </li>
    );
}

function Cover({ item, thumbnails, arrived }: { item: number; thumbnails: Thumbnails; arrived: number }) {
    const ref = useRef<HTMLCanvasElement>(null);
    useEffect(() => {
        const picture = thumbnails.get(item);
        const canvas = ref.current!;
        if (!picture) return;
        canvas.width = canvas.clientWidth * devicePixelRatio;
        canvas.height = canvas.clientHeight * devicePixelRatio;
        const scale = Math.max(canvas.width / picture.width, canvas.height / picture.height);
        const w = picture.width * scale;
        const h = picture.height * scale;
        canvas.getContext('2d')!.drawImage(picture, (canvas.width - w) / 2, (canvas.height - h) / 2, w, h);
    }, [arrived]);
    return <canvas ref={ref} aria-hidden="true" />;
}

function NewProject({ onClose }: { onClose: () => void }) {
    const name = useSignal('');
    const problem = useSignal('');
    const create = async (e: Event) => {
        e.preventDefault();
        try {
            await post<Project>('projects', { name: name.value.trim() });
            go(href('projects', name.value.trim()));
        } catch (error) {
            problem.value = (error instanceof ApiError && error.fields['/name']) || words(error);
        }
    };
    return (
        <Dialog
            title={t.projects.new}
            onClose={onClose}
            footer={
                <>
                    <button type="button" class="button" onClick={onClose}>
                        {t.cancel}
                    </button>
                    <button type="submit" form="new-project" class="button primary" disabled={!name.value.trim()}>
                        {t.create}
                    </button>
                </>
            }
        >
            <form id="new-project" class="field" onSubmit={create}>
                <label for="name">{t.projects.name}</label>
                <input id="name" class="input" autofocus autocomplete="off" value={name.value} onInput={(e) => (name.value = e.currentTarget.value)} aria-invalid={problem.value ? 'true' : undefined} aria-describedby="problem" />
                <span class="muted small">{t.projects.nameHint}</span>
                <span id="problem" class="problem" role="alert">
                    {problem.value}
                </span>
            </form>
        </Dialog>
    );
}
