/** The labelling page. */
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { href, route } from '../app/router';
import { isFiltered } from '../api/item-list';
import { sync } from '../app/saving';
import { setting, words } from '../app/session';
import { listen } from '../editor/input';
import { isTyping } from '../editor/keys';
import { startDecoder } from '../editor/media/decoder';
import { Stage } from '../editor/render/stage';
import { startPainter } from '../editor/render/statics';
import type { Sync } from '../editor/sync/sync';
import { Attributes, focusField } from '../label/attributes';
import { classKeys, Classes } from '../label/classes';
import { commandsOf } from '../label/commands';
import { Conflicts } from '../label/conflicts';
import { ClassFinder, CommandPalette, GoTo, KeyOverlay, Skip } from '../label/dialogs';
import { hintFor } from '../label/key-map';
import { Objects } from '../label/objects';
import { Panels } from '../label/panels';
import { Predictions } from '../label/predictions';
import { TopBar } from '../label/top-bar';
import { Rail } from '../label/rail';
import { ViewPanel } from '../label/view-panel';
import { Work } from '../label/work';
import { t } from '../texts';
import { fail, Failure, Notice, toast } from '../ui/parts';

// The page's code comes before anybody asks for it; so may its workers.
startPainter();
startDecoder();

export default function LabelPage({ project, item }: { project: string; item: number }) {
    const ready = sync.value;
    return ready ? <Labelling key={project} project={project} item={item} sync={ready} /> : <div class="label-page" />;
}

function Labelling({ project, item, sync: saving }: { project: string; item: number; sync: Sync }) {
    const [work] = useState(() => new Work(project, saving, route.peek().query, item));
    const [panels] = useState(() => new Panels());
    const { editor } = work;
    const root = useRef<HTMLDivElement>(null);

    // Before the page is shown for the first time: its stage is then part of the first frame, and the item on its way.
    useLayoutEffect(() => {
        const stage = new Stage(root.current!, editor);
        editor.stage = stage;
        // Read by journeys in tests/e2e; nothing here depends on it.
        Object.assign(window, { __editor: editor, __sync: saving, __work: work });
        const { overlay } = stage;
        overlay.tabIndex = 0;
        overlay.setAttribute('role', 'application');
        overlay.setAttribute('aria-label', t.label.canvas);
        overlay.focus();
        const stopInput = listen(overlay, editor);
        editor.keys.custom = setting('keys', {});
        const stopCommands = editor.keys.add(commandsOf(work, panels));
        const isOurs = (e: KeyboardEvent) => !document.querySelector('dialog[open], :popover-open') && !(e.target as Element).closest?.('dialog');
        const down = (e: KeyboardEvent) => {
            if (!isOurs(e)) return;
            const target = e.target as HTMLElement;
            if (target !== overlay && target !== document.body) {
                // From a panel, Esc goes back to the picture; what its controls need themselves is theirs.
                if (e.key === 'Escape') {
                    e.preventDefault();
                    overlay.focus();
                    return;
                }
                const isList = target.getAttribute('role') === 'listbox';
                const own = isList ? ['Tab', ' '] : ['Tab', ' ', 'Enter'];
                if (!e.ctrlKey && !e.metaKey && (own.includes(e.key) || (e.key.startsWith('Arrow') && (isList || target.matches('input'))))) return;
            }
            if (!isTyping(target)) {
                if (classKeys(e, editor)) return;
                if (!e.ctrlKey && !e.metaKey && !e.shiftKey && editor.tool.value.key(e.key, editor)) {
                    e.preventDefault();
                    return;
                }
            }
            editor.keys.down(e);
        };
        const up = (e: KeyboardEvent) => editor.keys.up(e);
        const blur = () => editor.keys.releaseAll();
        addEventListener('keydown', down);
        addEventListener('keyup', up);
        addEventListener('blur', blur);
        return () => {
            stopInput();
            stopCommands();
            removeEventListener('keydown', down);
            removeEventListener('keyup', up);
            removeEventListener('blur', blur);
            work.close();
        };
    }, []);

    const started = useRef(false);
    useLayoutEffect(() => {
        if (!started.current) {
            started.current = true;
            void work.start(item);
        } else if (item && item !== work.item.value) void work.open(item);
    }, [item]);

    // Without a class there is nothing to draw: the first thing to do is to name one.
    const isBare = !!editor.loaded.value && !work.loading.value && !editor.classes.ontology.value.classes.length;
    useEffect(() => {
        if (isBare) document.getElementById('add-class')?.focus();
    }, [isBare]);

    const hint = editor.hint.value;
    useEffect(() => {
        if (!hint) return;
        toast(t.label.hint[hint.hint]);
        if (hint.hint === 'needsClass') document.getElementById('add-class')?.focus();
    }, [hint]);
    const missing = work.unanswered.value;
    useEffect(() => {
        if (!missing) return;
        toast(t.label.unanswered(missing.attribute, missing.ref ? missing.class : null));
        focusField(missing.ref ? 'label' : 'item', missing.attribute);
    }, [missing]);
    useEffect(() => {
        if (work.atEnd.value) toast(isFiltered(work.filters) ? t.label.atEndFiltered : t.label.atEnd);
    }, [work.atEnd.value]);
    useEffect(() => {
        if (work.stepError.value) fail(work.stepError.value);
    }, [work.stepError.value]);

    const toldFocus = useRef(editor.focus.value);
    useEffect(() => {
        const ref = editor.focus.value;
        // Two keys in quick turn: the first one's effect has seen already where the second one led.
        if (ref === toldFocus.current) return;
        toldFocus.current = ref;
        if (!ref) return;
        const refs = editor.listed();
        const slot = editor.doc.slot(ref);
        panels.say(t.label.focused(editor.doc.className(slot), refs.indexOf(ref) + 1, refs.length, editor.doc.confidence(slot)));
    }, [editor.focus.value]);
    const here = work.loading.value ? undefined : editor.loaded.value;
    useEffect(() => {
        if (here) panels.say(t.label.arrived(here.item.name, here.item.position, t.state[here.task.state], editor.listed().length));
    }, [here?.item.id]);

    // A button that was pressed with the pointer leaves the keyboard to the picture: Space moves it, rather than pressing again.
    const giveBack = (e: MouseEvent) => {
        if (e.detail && (e.target as Element).closest('.label-body button')) editor.stage?.overlay.focus({ preventScroll: true });
    };

    const shown = panels.shown.value;
    // Without an item there is nothing to work with: only what is the matter, and the way on.
    const isEmpty = !editor.loaded.value && (work.finished.value || !!work.error.value);
    useEffect(() => {
        if (isEmpty) root.current!.querySelector<HTMLElement>('.over :is(a, button)')?.focus();
    }, [isEmpty]);
    const sides = panels.sides.value && !isEmpty;
    return (
        <div class={`label-page${sides ? '' : ' bare'}${isEmpty ? ' empty' : ''}`} onClick={giveBack}>
            <TopBar work={work} panels={panels} />
            <div class="label-body">
                {!isEmpty && <Rail work={work} panels={panels} />}
                {sides && (
                    <aside class="side left" data-pane aria-label={t.label.classes}>
                        <Classes work={work} />
                        <Objects editor={editor} />
                    </aside>
                )}
                <main class="stage" ref={root} data-pane>
                    <Over work={work} panels={panels} />
                </main>
                {sides && (
                    <aside class="side right" data-pane aria-label={t.label.attributes}>
                        <Predictions work={work} />
                        <Attributes editor={editor} />
                        <ViewPanel editor={editor} />
                    </aside>
                )}
            </div>
            <div class="hidden-text" role="status" aria-live="polite">
                {panels.said.value}
            </div>
            {shown === 'goTo' && <GoTo work={work} onClose={panels.close} />}
            {shown === 'skip' && <Skip work={work} onClose={panels.close} />}
            {shown === 'keys' && <KeyOverlay editor={editor} onClose={panels.close} />}
            {shown === 'palette' && <CommandPalette editor={editor} onClose={panels.close} />}
            {shown === 'classes' && <ClassFinder work={work} onClose={panels.close} />}
            {shown === 'conflicts' && <Conflicts work={work} onClose={panels.close} />}
        </div>
    );
}

/** What stands over the picture: why there is none, or no labels. */
function Over({ work, panels }: { work: Work; panels: Panels }) {
    if (work.finished.value)
        return (
            <div class="over">
                <Notice
                    icon="done"
                    title={t.label.finished}
                    actions={
                        <>
                            <a class="button primary" href={href('projects', work.name)}>
                                {t.label.toProject}
                            </a>
                            <a class="button" href={href('projects', work.name, 'items')}>
                                {t.label.toItems}
                            </a>
                        </>
                    }
                >
                    {t.label.finishedHint}
                </Notice>
            </div>
        );
    if (work.error.value)
        return (
            <div class="over">
                <Failure error={work.error.value} retry={() => work.retry()} back={work.project.value ? { to: href('projects', work.name, 'items'), words: t.label.toItems } : undefined} />
            </div>
        );
    if (work.mediaError.value && !work.loading.value)
        return (
            <div class="over">
                <Notice
                    icon="image"
                    title={t.label.noMedia}
                    actions={
                        <>
                            <button type="button" class="button" onClick={() => panels.open('skip')}>
                                {t.label.command.skip}
                            </button>
                            <button type="button" class="button" onClick={() => void work.step(1)}>
                                {t.label.command.next}
                            </button>
                        </>
                    }
                >
                    {words(work.mediaError.value)} {t.label.noMediaHint}
                </Notice>
            </div>
        );
    if (work.loading.value) return <p class="over-hint late">{t.label.opening}</p>;
    if (work.editor.labelsHidden.value) return <p class="over-hint">{hintFor('toggleLabels', t.label.labelsHidden)}</p>;
    return null;
}
