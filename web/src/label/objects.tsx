/** The list of labels: what a screen reader reads and the keyboard walks through. Only the rows in sight stand in the page. */
import { useSignal } from '@preact/signals';
import { useLayoutEffect, useRef } from 'preact/hooks';
import type { Editor } from '../editor/editor';
import { TRUTH } from '../editor/editor';
import { HIDDEN, LOCKED } from '../editor/model/doc';
import { kindName } from '../editor/model/shape';
import { number, t } from '../texts';
import { Icon, type IconName } from '../ui/icons';
import { keyFor } from './key-map';

const rowHeight = 26;

const icons: Record<string, IconName> = { box: 'box', polygon: 'polygon' };

export function Objects({ editor }: { editor: Editor }) {
    editor.version.value;
    const refs = editor.listed();
    const scroller = useRef<HTMLUListElement>(null);
    const top = useSignal(0);
    const height = useSignal(400);
    useLayoutEffect(() => {
        const observer = new ResizeObserver(() => (height.value = scroller.current?.clientHeight ?? 400));
        observer.observe(scroller.current!);
        return () => observer.disconnect();
    }, []);
    const focus = editor.focus.value;
    const at = focus ? refs.indexOf(focus) : -1;
    useLayoutEffect(() => {
        const list = scroller.current!;
        if (at < 0) return;
        const y = at * rowHeight;
        if (y < list.scrollTop) list.scrollTop = y;
        else if (y + rowHeight > list.scrollTop + list.clientHeight) list.scrollTop = y + rowHeight - list.clientHeight;
    }, [at]);
    const first = Math.max(0, Math.floor(top.value / rowHeight) - 4);
    const rows = Math.ceil(height.value / rowHeight) + 8;
    const shown = refs.slice(first, first + rows);
    const chosen = new Set(editor.selection.value);
    const onKeyDown = (e: KeyboardEvent) => {
        const step = e.key === 'ArrowDown' ? 1 : e.key === 'ArrowUp' ? -1 : 0;
        if (!step || e.ctrlKey || e.metaKey || e.altKey) return;
        editor.step(step);
        e.preventDefault();
        e.stopPropagation();
    };
    return (
        <section class="panel objects">
            <header>
                <h2 class="grow">{t.label.objects}</h2>
                <span class="muted small">{number(refs.length)}</span>
            </header>
            {!refs.length && <p class="panel-hint">{editor.tool.value.draws ? t.label.noObjectsWaiting : t.label.noObjects(keyFor('box'))}</p>}
            <ul
                ref={scroller}
                class="object-list"
                role="listbox"
                aria-label={t.label.objects}
                aria-multiselectable="true"
                aria-activedescendant={focus && shown.includes(focus) ? `object-${focus}` : undefined}
                tabIndex={refs.length ? 0 : -1}
                onKeyDown={onKeyDown}
                onScroll={(e) => (top.value = e.currentTarget.scrollTop)}
            >
                <li role="presentation" style={{ height: `${first * rowHeight}px` }} />
                {shown.map((ref, i) => {
                    const { doc } = editor;
                    const slot = doc.slot(ref);
                    const name = doc.className(slot);
                    const layer = doc.layerName(slot);
                    const confidence = doc.confidence(slot);
                    const hidden = (doc.flags[slot] & HIDDEN) !== 0;
                    const locked = (doc.flags[slot] & LOCKED) !== 0;
                    const hovered = editor.hover.value === ref;
                    const isNear = hovered || chosen.has(ref);
                    // A row serves the next label that comes into its place: neither scrolling nor another item makes one anew.
                    return (
                        <li
                            key={(first + i) % rows}
                            id={`object-${ref}`}
                            role="option"
                            aria-selected={chosen.has(ref)}
                            aria-posinset={first + i + 1}
                            aria-setsize={refs.length}
                            class={`object${hidden ? ' hidden' : ''}${hovered ? ' hover' : ''}`}
                            onPointerMove={() => {
                                if (hovered) return;
                                editor.hover.value = ref;
                                editor.redraw();
                            }}
                            onPointerLeave={() => {
                                if (editor.hover.value === ref) editor.hover.value = null;
                                editor.redraw();
                            }}
                            onClick={(e) => {
                                if (e.shiftKey && focus) {
                                    const [a, b] = [refs.indexOf(focus), first + i].sort((x, y) => x - y);
                                    editor.select([...new Set([...editor.selection.value, ...refs.slice(a, b + 1)])]);
                                } else if (e.ctrlKey || e.metaKey) editor.select(chosen.has(ref) ? editor.selection.value.filter((other) => other !== ref) : [...editor.selection.value, ref]);
                                else editor.select([ref]);
                            }}
                            onDblClick={() => editor.zoomToSelection()}
                        >
                            <span class="swatch" style={{ background: editor.classes.colorOf(name) }} />
                            <span class="muted icon-slot">
                                <Icon name={icons[kindName(doc.kind[slot])] ?? 'tags'} size={12} />
                            </span>
                            <span class="grow ellipsis">{name}</span>{' '}
                            {layer !== TRUTH && <span class="muted small ellipsis layer">{layer}</span>}{' '}
                            {confidence !== null && <span class="muted small">{confidence.toFixed(2)}</span>}{' '}
                            <span class="hidden-text">{[hidden && t.label.isHidden, locked && t.label.isLocked].filter(Boolean).join(', ')}</span>
                            {/* For the pointer; keys and the option's own words do the same for everybody else. */}
                            <Toggle shown={hidden || isNear} on={hidden} icon={hidden ? 'hidden' : 'eye'} title={hidden ? t.label.show : t.label.hide} run={() => editor.toggleHidden([ref])} />
                            <Toggle shown={locked || isNear} on={locked} icon={locked ? 'lock' : 'unlock'} title={locked ? t.label.unlock : t.label.lock} run={() => editor.toggleLocked([ref])} />
                        </li>
                    );
                })}
                <li role="presentation" style={{ height: `${Math.max(0, refs.length - first - shown.length) * rowHeight}px` }} />
            </ul>
        </section>
    );
}

function Toggle({ shown, on, icon, title, run }: { shown: boolean; on: boolean; icon: IconName; title: string; run: () => void }) {
    return (
        <span
            class={on ? 'mini on' : 'mini'}
            title={title}
            aria-hidden="true"
            onClick={(e) => {
                e.stopPropagation();
                run();
            }}
        >
            {shown && <Icon name={icon} size={14} />}
        </span>
    );
}
