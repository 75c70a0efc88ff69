/** The frame around every page, and which address shows which page. Pages load when first opened. */
import { signal } from '@preact/signals';
import type { ComponentType } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { ApiError, at as path, get } from '../api/client';
import type { Project } from '../api/types';
import { t } from '../texts';
import { Icon } from '../ui/icons';
import { Failure, Menu, Notice, Toasts } from '../ui/parts';
import { useResource } from '../ui/resource';
import { hasMoved, href, type Route, route } from './router';
import { isOwner, me, refresh, session, signOut } from './session';
import { SignIn } from './sign-in';

type PageProps = { project: string; item: number; id: number };
type Page = ComponentType<PageProps>;

function page(load: () => Promise<{ default: unknown }>): () => Page | Error | undefined {
    const loaded = signal<Page | Error | undefined>(undefined);
    let asked = false;
    return () => {
        if (!asked) {
            asked = true;
            load().then(
                (module) => {
                    loaded.value = module.default as Page;
                },
                (error) => {
                    asked = false;
                    loaded.value = error instanceof Error ? error : new Error(String(error));
                },
            );
        }
        return loaded.value;
    };
}

const pages = {
    projects: page(() => import('../pages/projects')),
    project: page(() => import('../pages/project')),
    items: page(() => import('../pages/items')),
    label: page(() => import('../pages/label')),
    ontology: page(() => import('../pages/ontology')),
    import: page(() => import('../pages/import')),
    export: page(() => import('../pages/export')),
    job: page(() => import('../pages/job')),
    history: page(() => import('../pages/history')),
    jobs: page(() => import('../pages/jobs')),
    people: page(() => import('../pages/people')),
    settings: page(() => import('../pages/settings')),
};

interface Place {
    page: () => Page | Error | undefined;
    props: Partial<PageProps>;
    tab?: string;
    bare?: boolean;
    /** What only owners may do. */
    owners?: boolean;
    title: string;
}

/** projects/NAME/items/17 is the labelling page of item 17; projects/NAME/next gives the next one that waits; projects/NAME/import/3 is
 *  import 3 as it runs, and its report afterwards. */
function place({ path }: Route): Place | null {
    const [top, project, tab, id] = path;
    if (!top) return { page: pages.projects, props: {}, title: t.nav.projects };
    if (top === 'jobs' || top === 'people' || top === 'settings') return { page: pages[top], props: {}, owners: top === 'people', title: t.nav[top] };
    if (top !== 'projects' || !project) return null;
    const props = { project };
    if (!tab) return { page: pages.project, props, tab: 'overview', title: project };
    if (tab === 'items' && !id) return { page: pages.items, props, tab, title: `${t.nav.items} · ${project}` };
    if (tab === 'items' && Number(id) > 0) return { page: pages.label, props: { project, item: Number(id) }, bare: true, title: `${t.nav.label} · ${project}` };
    if (tab === 'import' && Number(id) > 0) return { page: pages.job, props: { project, id: Number(id) }, tab, title: `${t.job.title(Number(id))} · ${project}` };
    if (id) return null;
    if (tab === 'ontology' || tab === 'import' || tab === 'export' || tab === 'history') return { page: pages[tab], props, tab, owners: tab === 'import', title: `${t.nav[tab]} · ${project}` };
    if (tab === 'next') return { page: pages.label, props: { project, item: 0 }, bare: true, title: `${t.nav.label} · ${project}` };
    return null;
}

export function App() {
    const now = session.value;
    const at = place(route.value);
    useEffect(() => {
        document.title = at ? `${at.title} – ${t.app}` : t.app;
    }, [at?.title]);
    if (now.state === 'starting') return null;
    if (now.state === 'failed') return <Failure error={new Error(t.error.offline)} retry={refresh} />;
    if (now.state === 'out' && !now.me) return <SignIn why={now.why} />;
    return (
        <>
            {at?.bare ? <Shown at={at} /> : <Frame at={at} />}
            {now.state === 'out' && <SignIn why={now.why} again={now.me!.name} />}
            <Toasts />
        </>
    );
}

function Shown({ at }: { at: Place }) {
    const Page = at.page();
    if (!Page) return <div />;
    if (Page instanceof Error) return <Failure error={Page} retry={() => location.reload()} />;
    return <Page {...(at.props as PageProps)} />;
}

function Frame({ at }: { at: Place | null }) {
    const project = at?.props.project;
    const content = useRef<HTMLDivElement>(null);
    const now = route.value.path.join('/');
    // Of a project that does not exist nothing is shown but that.
    const { error } = useResource(async () => (project ? await get<Project>(path`projects/${project}`) : null), [project]);
    const gone = error.value instanceof ApiError && error.value.status === 404 && error.value;
    // What a link leads to is where the keyboard and the reading voice go on.
    useEffect(() => {
        if (hasMoved) content.current!.focus({ preventScroll: true });
    }, [now]);
    // From inside a project the next click may well be on its items, or on one of them: by then those pages are here.
    useEffect(() => {
        if (!project) return;
        const timers = [setTimeout(pages.items, 500), setTimeout(pages.label, 1000)];
        return () => timers.forEach(clearTimeout);
    }, [project]);
    return (
        <div class="app">
            <header class="top">
                <a
                    class="button skip"
                    href={location.href}
                    onClick={(e) => {
                        e.preventDefault();
                        content.current!.focus();
                    }}
                >
                    {t.nav.skip}
                </a>
                <a class="brand" href={href()}>
                    <Icon name="logo" size={20} />
                    {t.app}
                </a>
                {project && !gone ? <ProjectTabs project={project} tab={at.tab!} /> : <MainTabs now={now} />}
                <span class="grow" />
                <Menu label={me.value?.name} icon="user">
                    {mainTabs().map((name) => (
                        <a key={name} href={href(name)}>
                            {t.nav[name]}
                        </a>
                    ))}
                    <a href={href('settings')}>{t.nav.settings}</a>
                    <hr />
                    <button type="button" onClick={() => void signOut()}>
                        {t.signIn.out}
                    </button>
                </Menu>
            </header>
            <div class="content" ref={content} tabIndex={-1}>
                {gone ? <main class="page"><Failure error={gone} /></main> : !at ? <NotFound /> : at.owners && !isOwner.value ? <OwnersOnly /> : <Shown at={at} />}
            </div>
        </div>
    );
}

const mainTabs = () => (isOwner.value ? (['jobs', 'people'] as const) : []);

function MainTabs({ now }: { now: string }) {
    const list = mainTabs();
    if (!list.length) return null;
    return (
        <nav class="tabs" aria-label={t.nav.main}>
            <a href={href()} aria-current={now ? undefined : 'page'}>
                {t.nav.projects}
            </a>
            {list.map((name) => (
                <a key={name} href={href(name)} aria-current={now === name ? 'page' : undefined}>
                    {t.nav[name]}
                </a>
            ))}
        </nav>
    );
}

const tabs = ['overview', 'items', 'ontology', 'import', 'export', 'history'] as const;

function ProjectTabs({ project, tab }: { project: string; tab: string }) {
    return (
        <>
            <ol class="crumbs">
                <li>
                    <a class="ellipsis" href={href('projects', project)} aria-current={tab === 'overview' ? 'page' : undefined}>
                        {project}
                    </a>
                </li>
            </ol>
            <nav class="tabs" aria-label={t.nav.main}>
                {tabs.filter((name) => name !== 'import' || isOwner.value).map((name) => (
                    <a key={name} href={name === 'overview' ? href('projects', project) : href('projects', project, name)} aria-current={tab === name ? 'page' : undefined}>
                        {t.nav[name]}
                    </a>
                ))}
            </nav>
        </>
    );
}

const toProjects = () => (
    <a class="button" href={href()}>
        {t.error.toProjects}
    </a>
);

function NotFound() {
    return (
        <main class="page">
            <Notice icon="search" title={t.error.notFound} actions={toProjects()}>
                {t.error.notFoundHint}
            </Notice>
        </main>
    );
}

function OwnersOnly() {
    return (
        <main class="page">
            <Notice icon="lock" title={t.error.ownersOnly} actions={toProjects()}>
                {t.error.ownersOnlyHint}
            </Notice>
        </main>
    );
}
