/** The dialogs of the labelling page: go to, skip, keys, commands, classes. */
import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import type { ClassDef } from '../api/types';
import { isOwner } from '../app/session';
import type { Editor } from '../editor/editor';
import { type Command, keyLabel } from '../editor/keys';
import { t } from '../texts';
import { Dialog, fail } from '../ui/parts';
import { keysOfClasses } from './class-keys';
import type { Work } from './work';

export function GoTo({ work, onClose }: { work: Work; onClose: () => void }) {
    const text = useSignal('');
    const problem = useSignal('');
    const submit = async (e: Event) => {
        e.preventDefault();
        try {
            if (await work.goTo(text.value.trim())) onClose();
            else problem.value = t.label.goToNone;
        } catch (error) {
            fail(error);
        }
    };
    return (
        <Dialog title={t.label.goToTitle} onClose={onClose}>
            <form class="row" onSubmit={submit}>
                <input class="input grow" autofocus autocomplete="off" placeholder={t.label.goToHint} aria-label={t.label.goToHint} value={text.value} onInput={(e) => (text.value = e.currentTarget.value)} />
                <button type="submit" class="button primary" disabled={!text.value.trim()}>
                    {t.label.go}
                </button>
            </form>
            <span class="problem" role="alert">
                {problem.value}
            </span>
        </Dialog>
    );
}

export function Skip({ work, onClose }: { work: Work; onClose: () => void }) {
    const reason = useSignal('');
    const skip = (why: string) => {
        onClose();
        void work.act('skip', why).catch(fail);
    };
    // A digit alone is one of the usual reasons; within words it is a digit.
    const digit = (e: KeyboardEvent) => {
        const why = reason.value ? undefined : t.label.skipReasons[Number(/^Digit(\d)$/.exec(e.code)?.[1] ?? e.key) - 1];
        if (!why || e.ctrlKey || e.metaKey || e.altKey || e.shiftKey) return;
        e.preventDefault();
        skip(why);
    };
    return (
        <Dialog title={t.label.skipTitle} onClose={onClose}>
            <div class="choices">
                {t.label.skipReasons.map((why, i) => (
                    <button key={why} type="button" class="choice" onClick={() => skip(why)}>
                        <kbd>{i + 1}</kbd> {why}
                    </button>
                ))}
            </div>
            <form
                class="row"
                onSubmit={(e) => {
                    e.preventDefault();
                    if (reason.value.trim()) skip(reason.value.trim());
                }}
            >
                <input class="input grow" autofocus autocomplete="off" maxLength={200} placeholder={t.label.skipReason} aria-label={t.label.skipReason} value={reason.value} onKeyDown={digit} onInput={(e) => (reason.value = e.currentTarget.value)} />
                <button type="submit" class="button primary" disabled={!reason.value.trim()}>
                    {t.label.skip}
                </button>
            </form>
        </Dialog>
    );
}

function grouped(commands: Command[]): [string, Command[]][] {
    const groups = new Map<string, Command[]>();
    for (const command of commands) groups.set(command.group, [...(groups.get(command.group) ?? []), command]);
    return [...groups];
}

export function KeyOverlay({ editor, onClose }: { editor: Editor; onClose: () => void }) {
    const commands = editor.keys.all().filter((command) => editor.keys.keysOf(command).length);
    const classes = [...keysOfClasses(editor.classes.ontology.value.classes)];
    return (
        <Dialog title={t.label.keysTitle} onClose={onClose} wide scrolls>
            <div class="key-groups">
                {grouped(commands).map(([group, list]) => (
                    <section key={group}>
                        <h3>{group}</h3>
                        <dl>
                            {list.map((command) => (
                                <div key={command.id}>
                                    <dt>{command.title}</dt>
                                    <dd>
                                        {editor.keys.keysOf(command).map((key) => (
                                            <kbd key={key}>{keyLabel(key)}</kbd>
                                        ))}
                                    </dd>
                                </div>
                            ))}
                            {group === t.label.group.classes &&
                                classes.slice(0, 20).map(([name, key]) => (
                                    <div key={name}>
                                        <dt class="row">
                                            <span class="swatch" style={{ background: editor.classes.colorOf(name) }} />
                                            <span class="ellipsis">{name}</span>
                                        </dt>
                                        <dd>
                                            <kbd>{keyLabel(key)}</kbd>
                                        </dd>
                                    </div>
                                ))}
                        </dl>
                    </section>
                ))}
            </div>
            <p class="muted small">{t.label.classKeys}</p>
            <p class="muted small">{t.label.keysHint}</p>
        </Dialog>
    );
}

/** A field and a list that it narrows; arrows choose, Enter takes. */
function Finder<T>({ title, hint, options, take, show, onClose }: { title: string; hint: string; options: (text: string, typed: string) => T[]; take: (option: T) => void; show: (option: T) => ComponentChildren; onClose: () => void }) {
    const text = useSignal('');
    const at = useSignal(0);
    const found = options(text.value.trim().toLowerCase(), text.value.trim());
    const index = Math.min(at.value, found.length - 1);
    const choose = (option: T) => {
        onClose();
        take(option);
    };
    const onKeyDown = (e: KeyboardEvent) => {
        const step = e.key === 'ArrowDown' ? 1 : e.key === 'ArrowUp' ? -1 : 0;
        if (step) at.value = (index + step + found.length) % Math.max(1, found.length);
        else if (e.key === 'Enter' && found[index] !== undefined) choose(found[index]);
        else return;
        e.preventDefault();
    };
    return (
        <Dialog title={title} onClose={onClose}>
            <input
                class="input"
                autofocus
                autocomplete="off"
                role="combobox"
                aria-expanded="true"
                aria-controls="found"
                aria-activedescendant={found.length ? `found-${index}` : undefined}
                placeholder={hint}
                aria-label={hint}
                value={text.value}
                onInput={(e) => {
                    text.value = e.currentTarget.value;
                    at.value = 0;
                }}
                onKeyDown={onKeyDown}
            />
            <ul id="found" class="found" role="listbox" aria-label={title}>
                {found.slice(0, 200).map((option, i) => (
                    <li
                        key={i}
                        id={`found-${i}`}
                        role="option"
                        aria-selected={i === index}
                        ref={(el) => {
                            if (el && i === index) el.scrollIntoView({ block: 'nearest' });
                        }}
                        onClick={() => choose(option)}
                    >
                        {show(option)}
                    </li>
                ))}
            </ul>
            {!found.length && <p class="muted">{t.label.nothingFound}</p>}
        </Dialog>
    );
}

/** Names that begin with the text first, then those that hold its letters in order. */
export function rank<T>(options: T[], text: string, name: (option: T) => string): T[] {
    if (!text) return options;
    const score = (option: T) => {
        const word = name(option).toLowerCase();
        const at = word.indexOf(text);
        if (at === 0) return 0;
        if (at > 0) return word[at - 1] === ' ' ? 1 : 2;
        let i = 0;
        for (const letter of word) if (letter === text[i]) i++;
        return i === text.length ? 3 : 9;
    };
    return options
        .map((option, i) => ({ option, i, score: score(option) }))
        .filter(({ score }) => score < 9)
        .sort((a, b) => a.score - b.score || a.i - b.i)
        .map(({ option }) => option);
}

export function CommandPalette({ editor, onClose }: { editor: Editor; onClose: () => void }) {
    const commands = editor.keys.all().filter((command) => command.id !== 'palette' && !command.held && (!command.when || command.when()));
    return (
        <Finder
            title={t.label.paletteTitle}
            hint={t.label.paletteHint}
            options={(text) => rank(commands, text, (command) => command.title)}
            take={(command) => setTimeout(() => command.run())}
            onClose={onClose}
            show={(command) => (
                <>
                    <span class="grow">{command.title}</span>
                    {editor.keys
                        .keysOf(command)
                        .slice(0, 1)
                        .map((key) => (
                            <kbd key={key}>{keyLabel(key)}</kbd>
                        ))}
                </>
            )}
        />
    );
}

export function ClassFinder({ work, onClose }: { work: Work; onClose: () => void }) {
    const { editor } = work;
    const { classes } = editor.classes.ontology.value;
    const keys = keysOfClasses(classes);
    // Last in the list, so that Enter takes a class that is there before it makes one.
    const options = (text: string, typed: string): (ClassDef | string)[] => {
        const found = rank(classes, text, (def) => def.name);
        return typed && isOwner.value && !classes.some((def) => def.name === typed) ? [...found, typed] : found;
    };
    const take = async (choice: ClassDef | string) => {
        if (typeof choice === 'string') await work.addClass(choice);
        editor.classKey(typeof choice === 'string' ? choice : choice.name, false);
    };
    return (
        <Finder
            title={t.label.classes}
            hint={t.label.pickClass}
            options={options}
            take={(choice) => void take(choice).catch(fail)}
            onClose={onClose}
            show={(def) => typeof def === 'string' ? <span class="grow ellipsis">{t.label.addClassNamed(def)}</span> : (
                <>
                    <span class="swatch" style={{ background: editor.classes.colorOf(def.name) }} />
                    <span class="grow ellipsis">{def.name}</span>
                    {keys.get(def.name) && <kbd>{keyLabel(keys.get(def.name)!)}</kbd>}
                </>
            )}
        />
    );
}
