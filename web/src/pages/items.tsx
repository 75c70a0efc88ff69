/** The grid of a project's items, with filters that stand in the address. */
import { useSignal } from '@preact/signals';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { at, get } from '../api/client';
import { type Filters, filterNames, filtersFrom, isFiltered, ItemList } from '../api/item-list';
import { Thumbnails } from '../api/thumbnails';
import type { Item, Label, LabelsPage, Ontology, Project, Stats } from '../api/types';
import { taskStates } from '../api/types';
import { go, href, route, setQuery } from '../app/router';
import { setSetting, setting } from '../app/session';
import { t } from '../texts';
import { drawLabels } from '../ui/draw-labels';
import { type Box, Grid } from '../ui/grid';
import { Icon } from '../ui/icons';
import { colorsOf, unknownColor } from '../ui/palette';
import { Failure, Notice, number } from '../ui/parts';
import { useResource } from '../ui/resource';

interface Loaded {
    project: Project;
    ontology: Ontology;
    stats: Stats;
}

/** Where one was in each list, for coming back. */
const places = new Map<string, { offset: number; focus: number }>();

export default function Items({ project }: { project: string }) {
    const { value, error, reload } = useResource<Loaded>(async () => {
        const [about, ontology, stats] = await Promise.all([
            get<Project>(at`projects/${project}`),
            get<Ontology>(at`projects/${project}/ontology`),
            get<Stats>(at`projects/${project}/stats`),
        ]);
        return { project: about, ontology, stats };
    }, [project]);
    if (error.value)
        return (
            <main class="page">
                <Failure error={error.value} retry={reload} />
            </main>
        );
    if (!value.value) return <main class="items" />;
    return <Filtered {...value.value} />;
}

/** The bar stays as it is while the list below it changes. */
function Filtered({ project, ontology, stats }: Loaded) {
    const filters = filtersFrom(route.value.query);
    const size = useSignal(setting('thumbnailSize', 200));
    const withLabels = useSignal(setting('thumbnailLabels', true));
    const count = useSignal('');
    const { search: searchText, ...texts } = t.grid;
    const choices: { name: (typeof filterNames)[number]; any: string; options: string[] }[] = [
        { name: 'class', any: texts.anyClass, options: ontology.classes.map((c) => c.name) },
        { name: 'state', any: texts.anyState, options: taskStates },
        { name: 'split', any: texts.anySplit, options: stats.splits.flatMap((s) => s.split ?? []) },
        { name: 'layer', any: texts.anyLayer, options: stats.layers.length > 1 ? stats.layers.map((l) => l.layer) : [] },
    ];
    return (
        <main class="items">
            <div class="filters" role="search">
                <Search text={filters.text ?? ''} placeholder={searchText} />
                {choices.map(({ name, any, options }) =>
                    options.length || filters[name] ? (
                        <select key={name} class="input" aria-label={t.grid[name as 'class']} value={filters[name] ?? ''} onChange={(e) => setQuery({ [name]: e.currentTarget.value })}>
                            <option value="">{any}</option>
                            {options.map((option) => (
                                <option key={option} value={option}>
                                    {name === 'state' ? t.state[option as 'done'] : option}
                                </option>
                            ))}
                        </select>
                    ) : null,
                )}
                {isFiltered(filters) && (
                    <button type="button" class="button quiet" onClick={() => setQuery(Object.fromEntries(filterNames.map((name) => [name, null])))}>
                        {t.grid.clear}
                    </button>
                )}
                <span class="grow" />
                <span class="count" role="status">
                    {count.value}
                </span>
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
                    min="96"
                    max="480"
                    step="8"
                    aria-label={t.grid.size}
                    title={t.grid.size}
                    value={size.value}
                    onInput={(e) => (size.value = Number(e.currentTarget.value))}
                    onChange={() => setSetting('thumbnailSize', size.value)}
                />
            </div>
            <List key={JSON.stringify(filters)} project={project} ontology={ontology} filters={filters} size={size.value} withLabels={withLabels.value} tellCount={(text) => (count.value = text)} />
        </main>
    );
}

interface ListProps {
    project: Project;
    ontology: Ontology;
    filters: Filters;
    size: number;
    withLabels: boolean;
    tellCount: (text: string) => void;
}

function List({ project, ontology, filters, size, withLabels, tellCount }: ListProps) {
    const version = useSignal(0);
    const selection = useSignal<ReadonlySet<number>>(new Set());
    const anchor = useRef(0);
    const redraw = () => version.value++;

    const list = useMemo(() => new ItemList(project.name, filters, project.items, redraw), []);
    const pixels = size * devicePixelRatio > 260 ? 480 : 240;
    const thumbnails = useMemo(() => new Thumbnails(pixels, redraw), [pixels]);
    const labels = useMemo(() => new ThumbnailLabels(project.name, redraw), []);
    useEffect(() => () => list.close(), []);
    useEffect(() => () => thumbnails.close(), [thumbnails]);
    useEffect(() => void redraw(), [withLabels]);
    useEffect(
        () => tellCount(selection.value.size ? t.grid.selected(selection.value.size) : list.ended ? t.items(list.total) : t.grid.counting(list.total)),
        [version.value, selection.value],
    );
    const colors = useMemo(() => colorsOf(ontology.classes), [ontology]);
    const surface = useMemo(() => getComputedStyle(document.documentElement).getPropertyValue('--bg2'), [document.documentElement.dataset.theme]);

    const address = (i: number) => {
        const item = list.get(i);
        return item && href('projects', project.name, 'items', item.id) + location.search;
    };
    const draw = (ctx: CanvasRenderingContext2D, i: number, { x, y, w, h }: Box) => {
        const item = list.get(i);
        const picture = item?.media ? thumbnails.get(item.id) : null;
        if (!item || !picture) {
            ctx.fillStyle = surface;
            ctx.fillRect(x, y, w, h);
            if (item && picture === null) drawNothing(ctx, x, y, w, h);
            return;
        }
        const scale = Math.min(w / picture.width, h / picture.height, item.width && item.width < picture.width ? item.width / picture.width : Number.POSITIVE_INFINITY);
        const pw = picture.width * scale;
        const ph = picture.height * scale;
        const px = x + (w - pw) / 2;
        const py = y + (h - ph) / 2;
        ctx.drawImage(picture, px, py, pw, ph);
        if (!withLabels || !item.labels || !item.width) return;
        const shown = labels.get(item);
        if (!shown) return;
        ctx.save();
        ctx.beginPath();
        ctx.rect(px, py, pw, ph);
        ctx.clip();
        drawLabels(ctx, shown, (name) => colors.get(name) ?? unknownColor, px, py, pw / item.width);
        ctx.restore();
    };
    const select = (i: number, how: 'toggle' | 'range' | 'all' | 'none') => {
        const next = new Set(how === 'toggle' || how === 'range' ? selection.value : []);
        if (how === 'toggle') {
            if (!next.delete(i)) next.add(i);
            anchor.current = i;
        } else if (how === 'range') for (let k = Math.min(anchor.current, i); k <= Math.max(anchor.current, i); k++) next.add(k);
        else if (how === 'all') for (let k = 0; k < list.total; k++) next.add(k);
        selection.value = next;
    };
    const place = project.name + location.search;
    return (
        <>
            {list.error && !list.total ? (
                <Failure
                    error={list.error}
                    retry={() => {
                        list.retry();
                        redraw();
                    }}
                />
            ) : list.ended && !list.total ? (
                isFiltered(filters) ? (
                    <Notice icon="search" title={t.grid.none}>
                        {t.grid.noneHint}
                    </Notice>
                ) : (
                    <Notice icon="upload" title={t.project.empty} actions={<a class="button primary" href={href('projects', project.name, 'import')}>{t.project.import}</a>}>
                        {t.project.emptyHint}
                    </Notice>
                )
            ) : (
                <Grid
                    total={list.total}
                    size={size}
                    label={t.grid.list}
                    start={places.get(place) ?? { offset: 0, focus: 0 }}
                    onLeave={(offset, focus) => places.set(place, { offset, focus })}
                    draw={draw}
                    onRange={(first, last) => {
                        thumbnails.drop();
                        labels.drop();
                        list.ensure(first, last + 40);
                    }}
                    caption={(i) => <Caption item={list.get(i)} />}
                    address={address}
                    open={(i) => {
                        const to = address(i);
                        if (to) go(to);
                    }}
                    selected={(i) => selection.value.has(i)}
                    select={select}
                    version={version.value}
                />
            )}
        </>
    );
}

/** An item without a picture says so. */
function drawNothing(ctx: CanvasRenderingContext2D, x: number, y: number, w: number, h: number) {
    ctx.fillStyle = '#82868e';
    ctx.font = '12px system-ui, sans-serif';
    ctx.textAlign = 'center';
    ctx.textBaseline = 'middle';
    ctx.fillText(t.grid.noMedia, x + w / 2, y + h / 2, w - 8);
    ctx.textAlign = 'start';
}

function Caption({ item }: { item: Item | undefined }) {
    if (!item) return <span class="hidden-text">{t.loading}</span>;
    return (
        <span class="caption" title={`${item.name}${item.media ? '' : ` (${t.grid.noMedia})`}`}>
            <span class={`state ${item.state}`}>
                <Icon name={item.state} size={12} title={t.state[item.state]} />
            </span>
            <span class="name">
                <bdi>{item.name}</bdi>
            </span>
            {item.labels > 0 && <span aria-hidden="true">{number(item.labels)}</span>}
            <span class="hidden-text">{t.labels(item.labels)}</span>
        </span>
    );
}

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
            onInput={(e) => {
                typed.value = e.currentTarget.value;
                clearTimeout(timer.current);
                timer.current = setTimeout(() => setQuery({ text: typed.value || null }), 300);
            }}
        />
    );
}

/** Labels of the items in sight, by the hundred. */
class ThumbnailLabels {
    private known = new Map<number, { labels: Label[]; count: number }>();
    private wanted = new Map<number, number>();
    private asked = new Set<number>();
    private scheduled = false;

    constructor(
        private project: string,
        private arrived: () => void,
    ) {}

    get(item: Item): Label[] | undefined {
        const found = this.known.get(item.id);
        if (found) return found.labels;
        if (!this.asked.has(item.id)) {
            this.wanted.set(item.id, item.labels);
            if (!this.scheduled) {
                this.scheduled = true;
                requestAnimationFrame(() => this.load());
            }
        }
        return undefined;
    }

    drop() {
        this.wanted.clear();
    }

    private async load() {
        this.scheduled = false;
        const items = [...this.wanted.keys()].slice(0, 200);
        this.wanted.clear();
        if (!items.length) return;
        for (const item of items) this.asked.add(item);
        try {
            const { rows } = await get<LabelsPage>(at`projects/${this.project}/labels`, { items: items.join(',') });
            for (const { item, labels } of rows) this.known.set(item, { labels, count: labels.length });
            if (this.known.size > 5000) for (const item of [...this.known.keys()].slice(0, 2000)) this.known.delete(item);
        } catch {
            /* asked for again when the cell is drawn next */
        }
        for (const item of items) this.asked.delete(item);
        this.arrived();
    }
}
