/** All projects, with covers and progress; below them those in the archive and in the bin. */
import { useSignal } from '@preact/signals';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { all, at, post } from '../api/client';
import { Thumbnails } from '../api/thumbnails';
import type { Project } from '../api/types';
import { go, href } from '../app/router';
import { isOwner } from '../app/session';
import { t } from '../texts';
import { Add } from '../ui/add';
import { Icon } from '../ui/icons';
import { Failure, fail, Notice, Progress } from '../ui/parts';
import { useResource } from '../ui/resource';

const manyProjects = 8;

export default function Projects() {
    const { value, error, reload } = useResource(() => all<Project>('projects'), []);
    const making = useSignal(false);
    const arrived = useSignal(0);
    const thumbnails = useMemo(() => new Thumbnails(256, () => arrived.value++), []);
    useEffect(() => () => thumbnails.close(), []);
    const search = useSignal('');
    const projects = value.value;
    const wanted = search.value.trim().toLowerCase();
    const shown = projects?.filter((project) => project.name.toLowerCase().includes(wanted));
    const cards = (archived: boolean) => shown?.filter((project) => project.archived === archived) ?? [];
    const card = (project: Project) => <Card key={project.id} project={project} thumbnails={thumbnails} arrived={arrived.value} />;
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
                    {projects && projects.length > manyProjects && (
                        <input type="search" class="input search" aria-label={t.projects.search} placeholder={t.projects.search} value={search.value} onInput={(e) => (search.value = e.currentTarget.value)} />
                    )}
                    {projects?.length ? newButton : null}
                </div>
                {error.value ? (
                    <Failure error={error.value} retry={reload} />
                ) : !projects ? (
                    <ul class="projects" aria-hidden="true">
                        {[1, 2, 3].map((i) => (
                            <li key={i} class="skeleton project-card" />
                        ))}
                    </ul>
                ) : projects.length ? (
                    <>
                        {shown!.length ? null : <Notice icon="search" title={t.projects.noMatch} />}
                        <ul class="projects">{cards(false).map(card)}</ul>
                        {cards(true).length > 0 && (
                            <details class="more-projects" open={wanted !== '' || !cards(false).length}>
                                <summary>{t.projects.inArchive(cards(true).length)}</summary>
                                <ul class="projects">{cards(true).map(card)}</ul>
                            </details>
                        )}
                    </>
                ) : (
                    <Notice icon="image" title={t.projects.none} actions={newButton}>
                        {t.projects.noneHint}
                    </Notice>
                )}
                {isOwner.value && projects && <Bin restored={reload} />}
            </div>
            {making.value && <NewProject onClose={() => (making.value = false)} />}
        </main>
    );
}

/** Removed projects, and the way back. */
function Bin({ restored }: { restored: () => void }) {
    const { value, reload } = useResource(() => all<Project>('projects', { removed: true }), []);
    const restore = (project: Project) =>
        void post(at`projects/${project.id}/restore`).then(() => {
            reload();
            restored();
        }, fail);
    if (!value.value?.length) return null;
    return (
        <details class="more-projects">
            <summary>{t.projects.inBin(value.value.length)}</summary>
            <ul class="card rows">
                {value.value.map((project) => (
                    <li key={project.id}>
                        <span class="grow ellipsis">{project.name}</span>
                        <span class="muted small">{`${t.items(project.items)} · ${t.labels(project.labels)}`}</span>
                        <button type="button" class="button" aria-label={`${t.project.undo}: ${project.name}`} onClick={() => restore(project)}>
                            {t.project.undo}
                        </button>
                    </li>
                ))}
            </ul>
        </details>
    );
}

function Card({ project, thumbnails, arrived }: { project: Project; thumbnails: Thumbnails; arrived: number }) {
    const all = project.items;
    const cover = project.cover.filter((item) => thumbnails.get(item) !== null);
    return (
        <li class="card project-card">
            {cover.length ? (
                <div class="cover">
                    {cover.map((item) => (
                        <Cover key={item} item={item} thumbnails={thumbnails} arrived={arrived} beside={cover.length} />
                    ))}
                </div>
            ) : (
                <div class="cover none">
                    <Icon name="image" size={24} />
                </div>
            )}
            <a class="about" href={href('projects', project.name)}>
                <h2 class="ellipsis" title={project.name}>
                    {project.name}
                </h2>
                <Progress tasks={project.tasks} />
                <span class="muted small">
                    {all ? `${t.items(all)} · ${t.labels(project.labels)} · ${t.projects.done(project.tasks.done, all)}` : t.projects.noItems}
                </span>
            </a>
        </li>
    );
}

function Cover({ item, thumbnails, arrived, beside }: { item: number; thumbnails: Thumbnails; arrived: number; beside: number }) {
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
    }, [arrived, beside]);
    return <canvas ref={ref} aria-hidden="true" />;
}

function NewProject({ onClose }: { onClose: () => void }) {
    const save = async (name: string) => {
        await post<Project>('projects', { name });
        go(href('projects', name));
    };
    return <Add title={t.projects.new} hint={t.projects.nameHint} save={save} onClose={onClose} />;
}
