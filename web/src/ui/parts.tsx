/** Pieces that pages share: state marks, progress, notices, dialogs, menus, toasts. */
import { signal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useId, useLayoutEffect, useRef } from 'preact/hooks';
import type { TaskCounts, TaskState } from '../api/types';
import { taskStates } from '../api/types';
import { ApiError } from '../api/client';
import { href } from '../app/router';
import { words } from '../app/session';
import { number, t } from '../texts';
import { Icon, type IconName } from './icons';

export function State({ state, count }: { state: TaskState; count?: number }) {
    return (
        <span class={`state ${state}`}>
            <Icon name={state} />
            {t.state[state]}
            {count !== undefined && ` ${number(count)}`}
        </span>
    );
}

/** Done, started, skipped, waiting: one bar, told in words to those who do not see it. */
export function Progress({ tasks }: { tasks: TaskCounts }) {
    const total = taskStates.reduce((sum, state) => sum + (tasks[state] ?? 0), 0);
    const order: TaskState[] = ['done', 'started', 'skipped', 'waiting'];
    const told = order.map((state) => `${t.state[state]} ${number(tasks[state] ?? 0)}`).join(', ');
    return (
        <div class="progress" role="img" aria-label={told} title={told}>
            {order.map((state) => (tasks[state] ? <span key={state} class={state} style={{ flex: `${tasks[state] / total} 1 0` }} /> : null))}
        </div>
    );
}

export function Notice({ icon, title, children, actions }: { icon?: IconName; title: string; children?: ComponentChildren; actions?: ComponentChildren }) {
    return (
        <div class="notice">
            {icon && <Icon name={icon} size={32} />}
            <h2>{title}</h2>
            {children && <p>{children}</p>}
            {actions && <div class="row">{actions}</div>}
        </div>
    );
}

/** What went wrong, and the way on: where there is nothing, trying again would not help, but going back does. */
export function Failure({ error, retry, back }: { error: unknown; retry?: () => void; back?: { to: string; words: string } }) {
    const isGone = error instanceof ApiError && error.status === 404;
    return (
        <div role="alert">
            <Notice
                icon={isGone ? 'search' : 'warning'}
                title={isGone ? t.error.notFound : t.error.title}
                actions={
                    isGone ? (
                        <a class="button" href={back?.to ?? href()}>
                            {back?.words ?? t.error.toProjects}
                        </a>
                    ) : (
                        retry && (
                            <button type="button" class="button" onClick={retry}>
                                {t.error.retry}
                            </button>
                        )
                    )
                }
            >
                {words(error)}
            </Notice>
        </div>
    );
}

interface DialogProps {
    title: string;
    onClose: () => void;
    children: ComponentChildren;
    footer?: ComponentChildren;
    wide?: boolean;
    /** Mostly to be read: the keyboard scrolls it. */
    scrolls?: boolean;
}

export function Dialog({ title, onClose, children, footer, wide, scrolls }: DialogProps) {
    const ref = useRef<HTMLDialogElement>(null);
    const id = useId();
    // Before the next key arrives: it is typed into the dialog, whatever it means on the page.
    useLayoutEffect(() => {
        const before = document.activeElement as HTMLElement | null;
        const dialog = ref.current!;
        dialog.showModal();
        return () => {
            dialog.close();
            before?.focus?.();
        };
    }, []);
    return (
        <dialog
            ref={ref}
            class={wide ? 'dialog wide' : 'dialog'}
            aria-labelledby={id}
            onCancel={(e) => {
                e.preventDefault();
                onClose();
            }}
            onClick={(e) => e.target === ref.current && onClose()}
        >
            <header>
                <h2 id={id} class="grow">
                    {title}
                </h2>
                <button type="button" class="button quiet icon" aria-label={t.close} onClick={onClose}>
                    <Icon name="close" />
                </button>
            </header>
            <div class="body" tabIndex={scrolls ? 0 : undefined} autofocus={scrolls}>
                {children}
            </div>
            {footer && <footer>{footer}</footer>}
        </dialog>
    );
}

/** Asks before something that is not undone by a key. */
export function Ask({ title, children, yes, danger, onYes, onClose }: { title: string; children?: ComponentChildren; yes: string; danger?: boolean; onYes: () => void; onClose: () => void }) {
    return (
        <Dialog
            title={title}
            onClose={onClose}
            footer={
                <>
                    <button type="button" class="button" autofocus onClick={onClose}>
                        {t.cancel}
                    </button>
                    <button
                        type="button"
                        class={danger ? 'button danger' : 'button primary'}
                        onClick={() => {
                            onYes();
                            onClose();
                        }}
                    >
                        {yes}
                    </button>
                </>
            }
        >
            <p class="muted">{children}</p>
        </Dialog>
    );
}

/** Stands where a page will be: seen only when that takes longer than a blink. */
export function Loading({ height = 320 }: { height?: number }) {
    return (
        <div aria-busy="true">
            <span class="hidden-text">{t.loading}</span>
            <div class="skeleton" style={{ height: `${height}px` }} />
        </div>
    );
}

/** A button with a list of links and actions below it. */
export function Menu({ label, children, icon, buttonClass = 'button quiet' }: { label: ComponentChildren; children: ComponentChildren; icon?: IconName; buttonClass?: string }) {
    const id = useId();
    const menu = useRef<HTMLDivElement>(null);
    const button = useRef<HTMLButtonElement>(null);
    const items = () => [...menu.current!.querySelectorAll<HTMLElement>('a, button')];
    const place = (e: Event) => {
        if ((e as ToggleEvent).newState !== 'open') return;
        const at = button.current!.getBoundingClientRect();
        const own = menu.current!;
        own.style.top = `${at.bottom + 4}px`;
        const room = document.documentElement.clientWidth - 24;
        own.style.left = `${Math.max(8, at.left + own.offsetWidth > room ? at.right - own.offsetWidth : at.left)}px`;
        items()[0]?.focus();
    };
    const move = (e: KeyboardEvent) => {
        const list = items();
        const now = list.indexOf(document.activeElement as HTMLElement);
        const step = e.key === 'ArrowDown' ? 1 : e.key === 'ArrowUp' ? -1 : 0;
        if (!step) return;
        e.preventDefault();
        list[(now + step + list.length) % list.length]?.focus();
    };
    return (
        <>
            <button type="button" ref={button} class={buttonClass} popovertarget={id} aria-haspopup="menu">
                {icon && <Icon name={icon} />}
                {label}
            </button>
            <div ref={menu} id={id} class="menu" popover="auto" onToggle={place} onKeyDown={move} onClick={() => menu.current!.hidePopover()}>
                {children}
            </div>
        </>
    );
}

interface Toast {
    id: number;
    text: string;
    error?: boolean;
    action?: { label: string; run: () => void };
}

const toasts = signal<Toast[]>([]);
let lastToast = 0;

export function toast(text: string, more: Omit<Toast, 'id' | 'text'> = {}) {
    const id = ++lastToast;
    toasts.value = [...toasts.value.filter((other) => other.text !== text).slice(-2), { id, text, ...more }];
    setTimeout(() => dismiss(id), more.error || more.action ? 8000 : 4000);
}

const dismiss = (id: number) => {
    toasts.value = toasts.value.filter((other) => other.id !== id);
};

export const fail = (error: unknown) => toast(words(error), { error: true });

export function Toasts() {
    return (
        <div class="toasts" role="status" aria-live="polite">
            {toasts.value.map((shown) => (
                <div key={shown.id} class={shown.error ? 'toast error' : 'toast'}>
                    {shown.error && (
                        <span class="err">
                            <Icon name="warning" />
                        </span>
                    )}
                    <span>{shown.text}</span>
                    {shown.action && (
                        <button
                            type="button"
                            class="button quiet"
                            onClick={() => {
                                shown.action!.run();
                                dismiss(shown.id);
                            }}
                        >
                            {shown.action.label}
                        </button>
                    )}
                    <button type="button" class="button quiet icon" aria-label={t.close} onClick={() => dismiss(shown.id)}>
                        <Icon name="close" />
                    </button>
                </div>
            ))}
        </div>
    );
}

const units: [Intl.RelativeTimeFormatUnit, number][] = [
    ['day', 86400],
    ['hour', 3600],
    ['minute', 60],
];

const ago = new Intl.RelativeTimeFormat('en', { numeric: 'auto', style: 'short' });
const whole = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });

/** "3 minutes ago"; the whole time on hover. */
export function When({ at }: { at: string }) {
    const seconds = (Date.parse(at) - Date.now()) / 1000;
    const unit = units.find(([, size]) => Math.abs(seconds) >= size);
    const text = unit ? ago.format(Math.round(seconds / unit[1]), unit[0]) : t.justNow;
    return (
        <time dateTime={at} title={whole.format(new Date(at))}>
            {text}
        </time>
    );
}
