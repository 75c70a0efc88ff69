/** A grid of any number of items. The pictures are drawn into one canvas as large as the view; above it stand only the cells in sight. */
import { effect, type Signal, useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect, useLayoutEffect, useMemo, useRef } from 'preact/hooks';

/** Browsers lose elements taller than some ten to thirty million pixels: beyond this the scroll bar stands for more than itself. */
const tallest = 8_000_000;
const gap = 8;
const edge = 16;
const captionHeight = 24;

/** Cells stand relative to a row that seldom changes: a step of the scroll moves only those that enter. */
const baseOf = (row: number) => row - (row % 64);

export interface Box {
    x: number;
    y: number;
    w: number;
    h: number;
}

export interface GridProps {
    total: number;
    /** Wished width of a cell; the real one fills the row. */
    size: number;
    label: string;
    /** Where to begin, and where one was when it is left. */
    start: { offset: number; focus: number };
    onLeave: (offset: number, focus: number) => void;
    /** The picture of one cell. */
    draw: (ctx: CanvasRenderingContext2D, index: number, box: Box) => void;
    /** Before the cells of a frame are drawn: first and last index in sight. */
    onRange: (first: number, last: number) => void;
    caption: (index: number) => ComponentChildren;
    /** What a cell is called, and what else its class says. */
    about: (index: number) => { name: string; class: string };
    address: (index: number) => string | undefined;
    open: (index: number) => void;
    selected: (index: number) => boolean;
    select: (index: number, how: 'toggle' | 'range' | 'all' | 'none') => void;
    /** Changes when pictures must be drawn again, while the cells stay as they are. */
    pictures: Signal<number>;
}

export function Grid(props: GridProps) {
    const { total, size } = props;
    const scroller = useRef<HTMLDivElement>(null);
    const canvas = useRef<HTMLCanvasElement>(null);
    const cells = useRef<HTMLUListElement>(null);
    const view = useSignal({ width: 0, height: 0 });
    const firstRow = useSignal(0);
    const focus = useSignal(props.start.focus);
    const state = useRef({ offset: props.start.offset, ignore: false, frame: 0, moveFocus: false });
    const now = useRef(props);
    now.current = props;

    const { width, height } = view.value;
    const layout = useMemo(() => {
        const columns = Math.max(1, Math.floor((width - 2 * edge + gap) / (size + gap)));
        const cellWidth = (width - 2 * edge - gap * (columns - 1)) / columns;
        const cellHeight = Math.round(cellWidth * 0.75) + captionHeight;
        const rowHeight = cellHeight + gap;
        const full = Math.max(1, Math.ceil(total / columns)) * rowHeight + edge * 2 - gap;
        return { columns, cellWidth, cellHeight, rowHeight, full, shown: Math.min(full, tallest) };
    }, [width, size, total]);
    const { columns, cellWidth, cellHeight, rowHeight, full, shown } = layout;
    const rows = height ? Math.ceil(height / rowHeight) + 1 : 0;

    const ratio = full > height ? Math.max(0, shown - height) / (full - height) : 1;
    const clamp = (offset: number) => Math.max(0, Math.min(offset, full - height));

    const paint = () => {
        state.current.frame = 0;
        const at = canvas.current;
        if (!at || !width || !height) return;
        const offset = state.current.offset;
        const row = Math.max(0, Math.floor((offset - edge) / rowHeight));
        firstRow.value = row;
        cells.current!.style.transform = `translateY(${baseOf(row) * rowHeight + edge - offset}px)`;
        const dpr = devicePixelRatio;
        if (at.width !== Math.round(width * dpr) || at.height !== Math.round(height * dpr)) {
            at.width = Math.round(width * dpr);
            at.height = Math.round(height * dpr);
        }
        const ctx = at.getContext('2d')!;
        ctx.setTransform(dpr, 0, 0, dpr, 0, 0);
        ctx.clearRect(0, 0, width, height);
        const first = row * columns;
        const last = Math.min(now.current.total, first + rows * columns) - 1;
        now.current.onRange(first, last);
        for (let i = first; i <= last; i++) {
            const x = edge + (i % columns) * (cellWidth + gap);
            const y = edge + Math.floor(i / columns) * rowHeight - offset;
            now.current.draw(ctx, i, { x: x + 2, y: y + 2, w: cellWidth - 4, h: cellHeight - captionHeight - 2 });
        }
    };
    const latest = useRef(paint);
    latest.current = paint;
    const request = () => {
        state.current.frame ||= requestAnimationFrame(() => latest.current());
    };
    const scrollTo = (offset: number) => {
        state.current.offset = clamp(offset);
        const top = state.current.offset * ratio;
        if (Math.abs(scroller.current!.scrollTop - top) >= 1) {
            state.current.ignore = true;
            scroller.current!.scrollTop = top;
        }
        request();
    };

    useLayoutEffect(() => {
        const measure = () => {
            view.value = { width: scroller.current!.clientWidth, height: scroller.current!.clientHeight };
        };
        measure();
        // Whoever came here by a link goes on from the item where they were; the page may get the focus before or after its grid is there.
        const page = scroller.current!.closest('.content');
        const receive = () => {
            const cell = cells.current!.querySelector<HTMLElement>(`[data-index="${focus.value}"]`);
            if (cell) cell.focus({ preventScroll: true });
            else state.current.moveFocus = true;
        };
        state.current.moveFocus = !!page && document.activeElement === page;
        page?.addEventListener('focus', receive);
        const observer = new ResizeObserver(measure);
        observer.observe(scroller.current!);
        return () => {
            page?.removeEventListener('focus', receive);
            observer.disconnect();
            cancelAnimationFrame(state.current.frame);
            now.current.onLeave(state.current.offset, focus.value);
        };
    }, []);

    // The same items stay in sight when cells change their size.
    const before = useRef(layout);
    useLayoutEffect(() => {
        const old = before.current;
        before.current = layout;
        if (!height) return;
        if (old.columns !== columns || old.rowHeight !== rowHeight) {
            const index = ((state.current.offset - edge) / old.rowHeight) * old.columns;
            if (old.full !== layout.full && old.rowHeight) state.current.offset = index > 0 && Number.isFinite(index) && old.cellWidth > 0 ? (index / columns) * rowHeight + edge : state.current.offset;
        }
        scrollTo(state.current.offset);
    }, [layout, height]);
    useEffect(request, [layout, height]);
    useEffect(
        () =>
            effect(() => {
                void props.pictures.value;
                request();
            }),
        [],
    );

    // Beyond the tallest element one turn of the wheel must still move by its own length.
    useEffect(() => {
        if (ratio === 1) return;
        const wheel = (e: WheelEvent) => {
            if (e.ctrlKey) return;
            e.preventDefault();
            scrollTo(state.current.offset + e.deltaY * (e.deltaMode === 1 ? 20 : e.deltaMode === 2 ? height : 1));
        };
        const at = scroller.current!;
        at.addEventListener('wheel', wheel, { passive: false });
        return () => at.removeEventListener('wheel', wheel);
    }, [ratio, layout, height]);

    const onScroll = () => {
        if (state.current.ignore) {
            state.current.ignore = false;
            return;
        }
        state.current.offset = clamp(scroller.current!.scrollTop / (ratio || 1));
        request();
    };

    const moveTo = (index: number) => {
        const to = Math.max(0, Math.min(total - 1, index));
        focus.value = to;
        state.current.moveFocus = true;
        const top = edge + Math.floor(to / columns) * rowHeight;
        const { offset } = state.current;
        if (top - gap < offset) scrollTo(top - gap);
        else if (top + cellHeight + gap > offset + height) scrollTo(top + cellHeight + gap - height);
        else request();
    };
    useLayoutEffect(() => {
        if (!state.current.moveFocus) return;
        const cell = cells.current!.querySelector<HTMLElement>(`[data-index="${focus.value}"]`);
        if (!cell) return;
        state.current.moveFocus = false;
        cell.focus({ preventScroll: true });
    });

    const onKeyDown = (e: KeyboardEvent) => {
        const page = Math.max(1, Math.floor(height / rowHeight)) * columns;
        const steps: Record<string, number> = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns, PageUp: -page, PageDown: page, Home: -total, End: total };
        const step = steps[e.key];
        if (step !== undefined && !e.altKey) {
            e.preventDefault();
            moveTo(focus.value + step);
            if (e.shiftKey) props.select(focus.value, 'range');
        } else if (e.key === ' ') {
            e.preventDefault();
            props.select(focus.value, 'toggle');
        } else if (e.key === 'Enter') {
            e.preventDefault();
            props.open(focus.value);
        } else if (e.key === 'a' && (e.ctrlKey || e.metaKey)) {
            e.preventDefault();
            props.select(0, 'all');
        } else if (e.key === 'Escape') props.select(0, 'none');
    };

    // A cell's element serves the next item that comes into its place: scrolling makes none. One that had the focus hands it to the list.
    useLayoutEffect(() => {
        const at = document.activeElement as HTMLElement | null;
        if (at?.dataset.index !== undefined && at.parentElement === cells.current && Number(at.dataset.index) !== focus.value) cells.current!.focus({ preventScroll: true });
    });

    /** The cell that an event is about, or -1. */
    const indexAt = (e: Event) => Number((e.target as Element).closest<HTMLElement>('.cell')?.dataset.index ?? -1);
    const onClick = (e: MouseEvent) => {
        const i = indexAt(e);
        if (i < 0) return;
        focus.value = i;
        if (e.shiftKey) props.select(i, 'range');
        else if (e.ctrlKey || e.metaKey) props.select(i, 'toggle');
        else props.open(i);
    };
    const onAuxClick = (e: MouseEvent) => {
        const address = e.button === 1 && props.address(indexAt(e));
        if (address) window.open(address, '_blank', 'noopener');
    };
    const onFocusIn = (e: FocusEvent) => {
        const i = indexAt(e);
        if (i >= 0) focus.value = i;
    };

    const first = firstRow.value * columns;
    const slots = rows * columns;
    const indexes = Array.from({ length: Math.max(0, Math.min(total - first, slots)) }, (_, i) => first + i);
    const focusable = indexes.includes(focus.value) ? focus.value : indexes[0];
    return (
        <div class="scroller" ref={scroller} onScroll={onScroll} tabIndex={-1}>
            <div class="sizer" style={{ height: `${shown}px` }} />
            <div class="window">
                <canvas ref={canvas} aria-hidden="true" />
                <ul
                    ref={cells}
                    role="listbox"
                    tabIndex={-1}
                    aria-multiselectable="true"
                    aria-label={props.label}
                    style={{ '--cell-width': `${cellWidth}px`, '--cell-height': `${cellHeight}px` }}
                    onKeyDown={onKeyDown}
                    onClick={onClick}
                    onAuxClick={onAuxClick}
                    onFocusIn={onFocusIn}
                >
                    {indexes.map((i) => {
                        const about = props.about(i);
                        return (
                            <li
                                key={i % slots}
                                role="option"
                                data-index={i}
                                class={`cell ${about.class}`}
                                aria-label={about.name}
                                aria-selected={props.selected(i)}
                                aria-posinset={i + 1}
                                aria-setsize={total}
                                tabIndex={i === focusable ? 0 : -1}
                                style={{
                                    left: `${edge + (i % columns) * (cellWidth + gap)}px`,
                                    top: `${(Math.floor(i / columns) - baseOf(firstRow.value)) * rowHeight}px`,
                                }}
                            >
                                {props.caption(i)}
                            </li>
                        );
                    })}
                </ul>
            </div>
        </div>
    );
}
