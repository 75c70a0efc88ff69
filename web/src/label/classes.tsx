/** The classes with their keys; adding one by typing its name. */
import { useSignal } from '@preact/signals';
import { isOwner } from '../app/session';
import type { Editor } from '../editor/editor';
import { keyLabel, keyOf } from '../editor/keys';
import { t } from '../texts';
import { Icon } from '../ui/icons';
import { fail } from '../ui/parts';
import { keysOfClasses } from './class-keys';
import type { Work } from './work';

/** True when the key was a class's. */
export function classKeys(e: KeyboardEvent, editor: Editor): boolean {
    if (e.ctrlKey || e.metaKey || e.altKey || e.isComposing) return false;
    const key = keyOf(e).replace('Shift+', '');
    for (const [name, own] of keysOfClasses(editor.classes.ontology.value.classes)) {
        if (own !== key) continue;
        e.preventDefault();
        if (!e.repeat) editor.classKey(name, e.shiftKey);
        return true;
    }
    return false;
}

export function Classes({ work }: { work: Work }) {
    const { editor } = work;
    const name = useSignal('');
    const busy = useSignal(false);
    const { classes } = editor.classes.ontology.value;
    const keys = keysOfClasses(classes);
    editor.version.value;
    const counts = new Map<string, number>();
    for (const slot of editor.doc.alive()) {
        const cls = editor.doc.className(slot);
        counts.set(cls, (counts.get(cls) ?? 0) + 1);
    }
    const add = async (e: Event) => {
        e.preventDefault();
        const wanted = name.value.trim();
        if (!wanted || busy.value) return;
        busy.value = true;
        // The next key is a tool's or a class's, at once; “/” adds further ones.
        name.value = '';
        editor.stage?.overlay.focus({ preventScroll: true });
        await work.addClass(wanted).catch((error) => {
            name.value ||= wanted;
            fail(error);
        });
        busy.value = false;
    };
    return (
        <section class="panel classes">
            <header>
                <h2>{t.label.classes}</h2>
            </header>
            {!classes.length && <p class="panel-hint">{isOwner.value ? t.label.addFirst : t.project.noClasses}</p>}
            <ul class="class-list">
                {classes.map((def) => (
                    <li key={def.name}>
                        <button type="button" aria-pressed={editor.classes.isTagOnly(def.name) ? (counts.get(def.name) ?? 0) > 0 : editor.nextClass.value === def.name} onClick={() => editor.classKey(def.name, false)} title={def.name}>
                            <span class="swatch" style={{ background: editor.classes.colorOf(def.name) }} />
                            <span class="grow ellipsis">{def.name}</span>
                            {counts.get(def.name) ? <span class="muted">{counts.get(def.name)}</span> : null}
                            {keys.get(def.name) && <kbd>{keyLabel(keys.get(def.name)!)}</kbd>}
                        </button>
                    </li>
                ))}
            </ul>
            {isOwner.value && (
                <form onSubmit={add} class="add-class">
                    <Icon name="plus" />
                    <input id="add-class" class="input grow" placeholder={t.label.addClass} aria-label={t.label.addClass} autocomplete="off" maxLength={200} value={name.value} onInput={(e) => (name.value = e.currentTarget.value)} />
                </form>
            )}
        </section>
    );
}
