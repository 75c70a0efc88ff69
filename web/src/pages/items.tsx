/** The grid of a project's items, with filters that stand in the address. */
import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { ApiError, at, get } from '../api/client';
import { type Filters, filterNames, filtersFrom, firstPage, isFiltered, ItemList } from '../api/item-list';
import { ThumbnailLabels } from '../api/thumbnail-labels';
import { Thumbnails } from '../api/thumbnails';
import type { Item, Ontology, Page, Project, Stats } from '../api/types';
import { taskStates } from '../api/types';
import { go, href, route, setQuery } from '../app/router';
import { shownTheme } from '../app/theme';
import { setSetting, setting, words } from '../app/session';
import { number, t } from '../texts';
import { Cells } from '../ui/cells';
import { EmptyProject } from '../ui/empty-project';
import { Grid } from '../ui/grid';
import { Icon } from '../ui/icons';
import { colorsOf, unknownColor } from '../ui/palette';
import { Dialog, Failure, Loading, Notice } from '../ui/parts';
import { useResource } from '../ui/resource';
import { mostAtOnce, Selection } from '../ui/selection';

const smallest = 96;
const largest = 480;

interface Loaded {
    project: Project;
    ontology: Ontology;
    stats: Stats;
    /** The first page of the first list that is shown, and with which filters it was asked for. */
    first: { filters: string; page: Page<Item> | undefined };
}

/** Where one was in each list, for coming back. */
const places = new Map<string, { offset: number; focus: number }>();

const clearFilters = () => setQuery(Object.fromEntries(filterNames.map((name) => [name, null])));

export default function Items({ project }: { project: string }) {
    const { value, error, reload } = useResource<Loaded>(async () => {
        const filters = filtersFrom(route.peek().query);
        const isAtTop = !places.has(project + location.search);
        const [about, ontology, stats, page] = await Promise.all([
            get<Project>(at`projects/${project}`),
            get<Ontology>(at`projects/${project}/ontology`),
            get<Stats>(at`projects/${project}/stats`),
            // Where this fails, the list tries again and says why.
            isAtTop ? firstPage(project, filters).catch(() => undefined) : undefined,
        ]);
        return { project: about, ontology, stats, first: { filters: JSON.stringify(filters), page } };
    }, [project]);
    if (error.value)
        return (
            <main class="page">
                <Failure error={error.value} retry={reload} />
            </main>
        );
    if (!value.value)
        return (
            <main class="items">
                <Loading />
            </main>
        );
    return <Filtered {...value.value} reload={reload} />;
}

/** The bar stays as it is while the list below it changes. */
function Filtered({ project, ontology, stats, first, reload }: Loaded & { reload: () => void }) {
    const filters = filtersFrom(route.value.query);
    const key = JSON.stringify(filters);
    const given = useRef<Loaded['first'] | null>(first);
    const takeFirst = () => {
        const { filters, page } = given.current ?? {};
        given.current = null;
        return filters === key ? page : undefined;
    };
    const size = useSignal(setting('thumbnailSize', 200));
    const withLabels = useSignal(setting('thumbnailLabels', true));
    const count = useSignal('');
    const withKeys = useSignal(false);
    const chosen = useSignal<ComponentChildren>(null);
    const main = useRef<HTMLElement>(null);
    const setSize = (wanted: number) => (size.value = Math.max(smallest, Math.min(largest, wanted)));
    const splits = stats.splits.flatMap((s) => s.split ?? []);
    const choices: { name: 'class' | 'state' | 'split' | 'layer'; any: string; options: [string, string][] }[] = [
        { name: 'class', any: t.grid.anyClass, options: ontology.classes.map((def) => [def.name, def.name]) },
        { name: 'state', any: t.grid.anyState, options: taskStates.map((state) => [state, t.state[state]]) },
        { name: 'split', any: t.grid.anySplit, options: splits.length ? [...splits.map((split): [string, string] => [split, split]), ['none', t.grid.noSplit]] : [] },
        { name: 'layer', any: t.grid.anyLayer, options: stats.layers.length > 1 ? stats.layers.map(({ layer }) => [layer, layer]) : [] },
    ];
    useEffect(() => {
        const zoom = (e: WheelEvent) => {
            if (!e.ctrlKey) return;
            e.preventDefault();
            setSize(size.value - Math.sign(e.deltaY) * 16);
        };
        const key = (e: KeyboardEvent) => {
            if ((e.key !== '/' && e.key !== '?') || e.ctrlKey || e.metaKey || e.altKey || (e.target as Element).closest('input:not([type=range], [type=checkbox]), select, textarea, dialog')) return;
            e.preventDefault();
            if (e.key === '?') withKeys.value = true;
            else main.current!.querySelector<HTMLElement>('.search')!.focus();
        };
        const at = main.current!;
        at.addEventListener('wheel', zoom, { passive: false });
        addEventListener('keydown', key);
        return () => {
            at.removeEventListener('wheel', zoom);
            removeEventListener('keydown', key);
        };
    }, []);
    return (
        <main class="items" ref={main}>
            <div class="filters" role="search">
                <Search text={filters.text ?? ''} placeholder={t.grid.search} />
                {choices.map(({ name, any, options }) =>
                    options.length || filters[name] ? (
                        <select key={name} class={filters[name] ? 'input on' : 'input'} aria-label={t.grid[name]} value={filters[name] ?? ''} onChange={(e) => setQuery({ [name]: e.currentTarget.value })}>
                            <option value="">{any}</option>
                            {options.map(([option, text]) => (
                                <option key={option} value={option}>
                                    {text}
                                </option>
                            ))}
                            {filters[name] && !options.some(([option]) => option === filters[name]) && <option value={filters[name]}>{filters[name]}</option>}
                        </select>
                    ) : null,
                )}
                {isFiltered(filters) && (
                    <button type="button" class="button quiet" onClick={clearFilters}>
                        {t.grid.clear}
                    </button>
                )}
                <div class="about">
                    {chosen.value ?? (
                        <span class="count" role="status">
                            {count.value}
                        </span>
                    )}
                    <label class="check">
                        <input
                            type="checkbox"
                            checked={withLabels.value}
                            onChange={(e) => {
                                withLabels.value = e.currentTarget.checked;
                                setSetting('thumbnailLabels', withLabels.value);
                            }}
                        />
                        {t.grid.showLabels}
                    </label>
                    <input
                        type="range"
                        class="zoom"
                        min={smallest}
                        max={largest}
                        step="8"
                        aria-label={t.grid.size}
                        title={t.grid.size}
                        value={size.value}
                        onInput={(e) => setSize(Number(e.currentTarget.value))}
                        onChange={() => setSetting('thumbnailSize', size.value)}
                    />
                </div>
            </div>
            <List
                key={key}
                takeFirst={takeFirst}
                project={project}
                ontology={ontology}
                splits={splits}
                filters={filters}
                size={size.value}
                withLabels={withLabels.value}
                tellCount={(text) => (count.value = text)}
                tellChosen={(shown) => (chosen.value = shown)}
                changed={reload}
            />
            {withKeys.value && (
                <Dialog title={t.grid.keysTitle} onClose={() => (withKeys.value = false)} scrolls>
                    <div class="key-groups few">
                        <dl>
                            {t.grid.keys.map(([what, keys]) => (
                                <div key={what}>
                                    <dt>{what}</dt>
                                    <dd>
                                        {keys.map((key) => (
                                            <kbd key={key}>{key}</kbd>
                                        ))}
                                    </dd>
                                </div>
                            ))}
                        </dl>
                    </div>
                </Dialog>
            )}
        </main>
    );
}

interface ListProps {
    takeFirst: () => Page<Item> | undefined;
    project: Project;
    ontology: Ontology;
    filters: Filters;
    size: number;
    withLabels: boolean;
    splits: string[];
    tellCount: (text: string) => void;
    tellChosen: (shown: ComponentChildren) => void;
    changed: () => void;
}

function List({ takeFirst, project, ontology, splits, filters, size, withLabels, tellCount, tellChosen, changed }: ListProps) {
    /** Count what changed in the list, and what only has to be drawn anew. */
    const version = useSignal(0);
    const pictures = useSignal(0);
    const selection = useSignal<ReadonlySet<number>>(new Set());
    const anchor = useRef(0);
    const repaint = () => pictures.value++;
    const redraw = () => {
        version.value++;
        repaint();
    };

    const list = useMemo(() => new ItemList(project.name, filters, project.items, redraw, takeFirst()), []);
    const pixels = [128, 256].find((known) => size * devicePixelRatio <= known * 1.1) ?? 512;
    const thumbnails = useMemo(() => new Thumbnails(pixels, repaint), [pixels]);
    const labels = useMemo(() => new ThumbnailLabels(project.name, filters.layer, repaint), []);
    const theme = shownTheme.value;
    const cells = useMemo(() => {
        const colors = colorsOf(ontology.classes);
        const edges = new Map(ontology.classes.map((def) => [def.name, (def.skeleton?.edges ?? []) as [number, number][]]));
        const look = {
            color: (name: string) => colors.get(name) ?? unknownColor,
            edges: (name: string) => edges.get(name) ?? [],
            surface: getComputedStyle(document.documentElement).getPropertyValue('--bg2'),
        };
        return new Cells(thumbnails, withLabels ? labels : null, look, repaint);
    }, [thumbnails, withLabels, theme]);
    useEffect(() => () => list.close(), []);
    useEffect(() => () => thumbnails.close(), [thumbnails]);
    useEffect(() => void repaint(), [cells]);
    useEffect(() => tellCount(list.ended ? t.items(list.total) : list.total ? t.grid.counting(list.total) : ''), [version.value]);

    const clear = () => (selection.value = new Set());
    useEffect(() => {
        const shown = { list, selection: selection.value, splits, clear };
        tellChosen(
            selection.value.size ? (
                <Selection
                    {...shown}
                    changed={() => {
                        redraw();
                        changed();
                    }}
                />
            ) : null,
        );
    }, [selection.value, splits.join()]);
    useEffect(() => () => tellChosen(null), []);

    const address = (i: number) => {
        const item = list.get(i);
        return item && href('projects', project.name, 'items', item.id) + location.search;
    };
    const select = async (i: number, how: 'toggle' | 'range' | 'all' | 'none') => {
        const next = new Set(how === 'toggle' || how === 'range' ? selection.value : []);
        if (how === 'toggle') {
            if (!next.delete(i)) next.add(i);
            anchor.current = i;
        } else if (how === 'range') for (let k = Math.min(anchor.current, i); k <= Math.max(anchor.current, i); k++) next.add(k);
        else if (how === 'all') {
            await list.reach(mostAtOnce + 1);
            for (let k = 0; k < list.total; k++) next.add(k);
        }
        selection.value = next;
    };
    const retry = () => {
        list.retry();
        redraw();
    };
    const place = project.name + location.search;
    const start = useMemo(() => places.get(place) ?? { offset: 0, focus: 0 }, []);
    useEffect(() => void list.reach(start.focus + 1), []);
    return (
        <>
            {list.error instanceof ApiError && list.error.status === 404 && isFiltered(filters) ? (
                <NoMatch>{words(list.error)}</NoMatch>
            ) : list.error && !list.total ? (
                <Failure error={list.error} retry={retry} />
            ) : list.ended && !list.total ? (
                isFiltered(filters) ? (
                    <NoMatch>{t.grid.noneHint}</NoMatch>
                ) : (
                    <EmptyProject name={project.name} />
                )
            ) : !list.ended && list.total <= start.focus ? (
                <Loading />
            ) : (
                <Grid
                    total={list.total}
                    size={size}
                    label={t.grid.list}
                    start={start}
                    onLeave={(offset, focus) => places.set(place, { offset, focus })}
                    draw={(ctx, i, box) => cells.draw(ctx, list.get(i), box)}
                    onRange={(first, last) => {
                        thumbnails.drop();
                        labels.drop();
                        list.ensure(first, last + 40);
                        cells.begin();
                    }}
                    caption={(i) => <Caption item={list.get(i)} />}
                    about={(i) => aboutOf(list.get(i))}
                    address={address}
                    open={(i) => {
                        const to = address(i);
                        if (to) go(to);
                    }}
                    selected={(i) => selection.value.has(i)}
                    select={(i, how) => void select(i, how)}
                    pictures={pictures}
                />
            )}
            {list.error && list.total > 0 ? (
                <p class="card list-error" role="alert">
                    <Icon name="warning" />
                    {words(list.error)}
                    <button type="button" class="button" onClick={retry}>
                        {t.error.retry}
                    </button>
                </p>
            ) : null}
        </>
    );
}

function NoMatch({ children }: { children: ComponentChildren }) {
    return (
        <Notice icon="search" title={t.grid.none} actions={<button type="button" class="button" onClick={clearFilters}>{t.grid.clear}</button>}>
            {children}
        </Notice>
    );
}

function Caption({ item }: { item: Item | undefined }) {
    if (!item) return null;
    return (
        <>
            <Icon name={item.state} size={12} />
            <span class="name" title={item.media ? item.name : `${item.name} (${t.grid.noMedia})`}>
                <bdi>{item.name}</bdi>
            </span>{' '}
            {item.labels > 0 && <span>{number(item.labels)}</span>}
        </>
    );
}

/** What is seen comes first in what is read out, in the same words. */
const aboutOf = (item: Item | undefined) =>
    item
        ? { name: [`${item.name} ${t.labels(item.labels)}`, t.state[item.state], ...(item.media ? [] : [t.grid.noMedia])].join(', '), class: `state ${item.state}` }
        : { name: t.loading, class: '' };

/** Filters while typing, not at every key. */
function Search({ text, placeholder }: { text: string; placeholder: string }) {
    const timer = useRef(0);
    const typed = useSignal(text);
    useEffect(() => {
        typed.value = text;
    }, [text]);
    return (
        <input
            type="search"
            class="input search"
            aria-label={placeholder}
            placeholder={placeholder}
            value={typed.value}
            onKeyDown={(e) => {
                if (e.key === 'Enter') document.querySelector<HTMLElement>('.cell[tabindex="0"]')?.focus();
            }}
            onInput={(e) => {
                typed.value = e.currentTarget.value;
                clearTimeout(timer.current);
                timer.current = setTimeout(() => setQuery({ text: typed.value || null }), 300);
            }}
        />
    );
}
