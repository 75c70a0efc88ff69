/** The ontology: classes with colours, keys and shapes, their attributes with conditions; checked while it is typed, saved as one version. */
import { type Signal, useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { ApiError, at, get, put } from '../api/client';
import type { AttributeDef, AttributeType, ClassDef, Kind, Ontology, Option, Value } from '../api/types';
import { guardLeaving } from '../app/router';
import { isOwner, words } from '../app/session';
import { canBeCondition, checkOntology, type Problems } from '../label/ontology-check';
import { keysOfClasses } from '../label/class-keys';
import { t } from '../texts';
import { Icon } from '../ui/icons';
import { colorOf, palette } from '../ui/palette';
import { Failure, Notice, toast } from '../ui/parts';
import { useResource } from '../ui/resource';

const drawable: Kind[] = ['box', 'polygon', 'polyline', 'points', 'mask', 'ellipse', 'tag'];
const types: AttributeType[] = ['one', 'many', 'yesno', 'text', 'integer', 'number'];
const optionName = (option: Option) => (typeof option === 'string' ? option : option.name);

export default function OntologyPage({ project }: { project: string }) {
    const { value, error, reload } = useResource(() => get<Ontology>(at`projects/${project}/ontology`), [project]);
    if (error.value)
        return (
            <main class="page">
                <Failure error={error.value} retry={reload} />
            </main>
        );
    if (!value.value) return <main class="page" />;
    return <OntologyEditor key={value.value.version} project={project} saved={value.value} reload={reload} />;
}

function OntologyEditor({ project, saved, reload }: { project: string; saved: Ontology; reload: () => void }) {
    const draft = useSignal<Ontology>(structuredClone(saved));
    const chosen = useSignal(saved.classes.length ? 0 : -1);
    const failure = useSignal('');
    const fields = useSignal<Problems>({});
    const busy = useSignal(false);
    const readOnly = !isOwner.value;
    const isChanged = JSON.stringify(draft.value) !== JSON.stringify(saved);
    const own = checkOntology(draft.value);
    const problems = { ...fields.value, ...own };
    const change = (next: Partial<Ontology>) => {
        draft.value = { ...draft.value, ...next };
        fields.value = {};
    };

    useEffect(() => {
        guardLeaving(isChanged ? () => !confirm(t.ontology.leave) : null);
        const stay = (e: BeforeUnloadEvent) => isChanged && e.preventDefault();
        addEventListener('beforeunload', stay);
        return () => {
            guardLeaving(null);
            removeEventListener('beforeunload', stay);
        };
    }, [isChanged]);

    const save = async () => {
        busy.value = true;
        failure.value = '';
        try {
            await put<Ontology>(at`projects/${project}/ontology`, draft.value);
            guardLeaving(null);
            toast(t.ontology.saved);
            reload();
        } catch (error) {
            failure.value = words(error);
            if (error instanceof ApiError) {
                fields.value = error.fields;
                if (error.status === 409) {
                    const now = await get<Ontology>(at`projects/${project}/ontology`);
                    draft.value = { ...draft.value, version: now.version };
                    failure.value = t.ontology.moved;
                }
            }
        }
        busy.value = false;
    };
    const { classes } = draft.value;
    const setClass = (i: number, next: Partial<ClassDef>) => {
        const before = classes[i].name;
        change({
            classes: classes.map((def, k) =>
                k === i ? { ...def, ...next } : next.name !== undefined && def.parent === before ? { ...def, parent: next.name } : def,
            ),
        });
    };
    const move = (i: number, by: number) => {
        const to = i + by;
        if (to < 0 || to >= classes.length) return;
        const next = [...classes];
        [next[i], next[to]] = [next[to], next[i]];
        change({ classes: next });
        chosen.value = to;
    };
    return (
        <main class="ontology">
            <aside class="side left">
                <ClassList draft={draft} chosen={chosen} problems={problems} readOnly={readOnly} move={move} add={(name) => change({ classes: [...classes, { name, kinds: [], attributes: [] }] })} />
            </aside>
            <div class="page">
                <div class="inner narrow">
                    <div class="page-head">
                        <h1 class="grow ellipsis">{chosen.value < 0 ? (classes.length ? t.ontology.item : t.ontology.title) : classes[chosen.value]?.name || t.ontology.name}</h1>
                        {readOnly ? (
                            <span class="muted">{t.ontology.readOnly}</span>
                        ) : (
                            <>
                                {isChanged && <span class="muted">{t.ontology.unsaved}</span>}
                                <button type="button" class="button" disabled={!isChanged} onClick={() => ((draft.value = structuredClone(saved)), (failure.value = ''), reload())}>
                                    {t.ontology.revert}
                                </button>
                                <button type="button" class="button primary" disabled={!isChanged || busy.value || Object.keys(own).length > 0} onClick={() => void save()}>
                                    {t.ontology.save}
                                </button>
                            </>
                        )}
                    </div>
                    {failure.value && (
                        <p class="card section err" role="alert">
                            {failure.value}
                        </p>
                    )}
                    <fieldset disabled={readOnly} class="bare-fieldset">
                        {chosen.value < 0 ? (
                            <>
                                {!classes.length && (
                                    <Notice icon="tags" title={t.ontology.none}>
                                        {t.ontology.noneHint}
                                    </Notice>
                                )}
                                {classes.length > 0 && <p class="muted">{t.ontology.itemHint}</p>}
                                <Attributes under="/item" list={draft.value.item} known={draft.value.item} set={(item) => change({ item })} problems={problems} />
                            </>
                        ) : (
                            classes[chosen.value] && (
                                <ClassForm
                                    key={chosen.value}
                                    i={chosen.value}
                                    classes={classes}
                                    problems={problems}
                                    set={(next) => setClass(chosen.value, next)}
                                    remove={() => {
                                        const gone = classes[chosen.value].name;
                                        change({ classes: classes.filter((_, k) => k !== chosen.value).map((def) => (def.parent === gone ? { ...def, parent: undefined } : def)) });
                                        chosen.value = Math.min(chosen.value, classes.length - 2);
                                    }}
                                />
                            )
                        )}
                    </fieldset>
                </div>
            </div>
        </main>
    );
}

interface ClassListProps {
    draft: Signal<Ontology>;
    chosen: Signal<number>;
    problems: Problems;
    readOnly: boolean;
    move: (i: number, by: number) => void;
    add: (name: string) => void;
}

function ClassList({ draft, chosen, problems, readOnly, move, add }: ClassListProps) {
    const name = useSignal('');
    const { classes } = draft.value;
    const keys = keysOfClasses(classes);
    const dragged = useRef(-1);
    const drop = (to: number) => {
        const from = dragged.current;
        dragged.current = -1;
        if (from < 0 || from === to) return;
        const next = [...classes];
        next.splice(to, 0, ...next.splice(from, 1));
        draft.value = { ...draft.value, classes: next };
        chosen.value = to;
    };
    const submit = (e: Event) => {
        e.preventDefault();
        const wanted = name.value.trim();
        if (!wanted || classes.some((def) => def.name === wanted)) return;
        add(wanted);
        chosen.value = classes.length;
        name.value = '';
    };
    const isWrong = (i: number) => Object.keys(problems).some((pointer) => pointer.startsWith(`/classes/${i}/`));
    return (
        <section class="panel classes full">
            <header>
                <h2>{t.ontology.classes}</h2>
            </header>
            <ul class="class-list">
                {classes.map((def, i) => (
                    <li
                        key={def.id ?? def.name}
                        draggable={!readOnly}
                        onDragStart={() => (dragged.current = i)}
                        onDragOver={(e) => dragged.current >= 0 && e.preventDefault()}
                        onDrop={() => drop(i)}
                    >
                        <button
                            type="button"
                            aria-pressed={chosen.value === i}
                            onClick={() => (chosen.value = i)}
                            onKeyDown={(e) => {
                                if (!e.altKey || readOnly || (e.key !== 'ArrowUp' && e.key !== 'ArrowDown')) return;
                                e.preventDefault();
                                move(i, e.key === 'ArrowUp' ? -1 : 1);
                            }}
                        >
                            <span class="swatch" style={{ background: colorOf(def, i) }} />
                            <span class="grow ellipsis">{def.name}</span>
                            {isWrong(i) && (
                                <span class="err">
                                    <Icon name="warning" size={12} />
                                </span>
                            )}
                            {keys.get(def.name) && <kbd>{keys.get(def.name)!.toUpperCase()}</kbd>}
                        </button>
                    </li>
                ))}
            </ul>
            {!readOnly && (
                <form class="add-class" onSubmit={submit}>
                    <Icon name="plus" />
                    <input class="input grow" placeholder={t.ontology.addClass} aria-label={t.ontology.addClass} autocomplete="off" autofocus={!classes.length} value={name.value} onInput={(e) => (name.value = e.currentTarget.value)} />
                </form>
            )}
            <ul class="class-list item-entry">
                <li>
                    <button type="button" aria-pressed={chosen.value < 0} onClick={() => (chosen.value = -1)}>
                        <Icon name="image" size={12} />
                        <span class="grow ellipsis">{t.ontology.item}</span>
                    </button>
                </li>
            </ul>
        </section>
    );
}

interface ClassFormProps {
    i: number;
    classes: ClassDef[];
    problems: Problems;
    set: (next: Partial<ClassDef>) => void;
    remove: () => void;
}

function ClassForm({ i, classes, problems, set, remove }: ClassFormProps) {
    const def = classes[i];
    const at = `/classes/${i}`;
    const color = colorOf(def, i);
    const kinds = def.kinds ?? [];
    return (
        <>
            <section class="card section form-grid">
                <TextField id="name" label={t.ontology.name} value={def.name} set={(name) => set({ name })} problem={problems[`${at}/name`]} />
                <TextField id="key" label={t.ontology.key} hint={t.ontology.keyHint} value={def.key ?? ''} set={(key) => set({ key: key.slice(-1) || undefined })} problem={problems[`${at}/key`]} />
                <div class="field">
                    <label for="parent">{t.ontology.parent}</label>
                    <select id="parent" class="input" value={def.parent ?? ''} onChange={(e) => set({ parent: e.currentTarget.value || undefined })}>
                        <option value="">{t.ontology.noParent}</option>
                        {classes
                            .filter((other) => other !== def && !descends(classes, other, def.name))
                            .map((other) => (
                                <option key={other.name} value={other.name}>
                                    {other.name}
                                </option>
                            ))}
                    </select>
                </div>
                <div class="field wide" role="radiogroup" aria-label={t.ontology.color}>
                    <span class="label">{t.ontology.color}</span>
                    <div class="colors">
                        {palette.map((choice) => (
                            <button key={choice} type="button" role="radio" aria-checked={color === choice} aria-label={choice} title={choice} class="color" style={{ background: choice }} onClick={() => set({ color: choice })} />
                        ))}
                        <input type="color" aria-label={t.ontology.ownColor} title={t.ontology.ownColor} value={color} onInput={(e) => set({ color: e.currentTarget.value })} />
                    </div>
                </div>
                <div class="field wide" role="group" aria-label={t.ontology.kinds}>
                    <span class="label">{t.ontology.kinds}</span>
                    <div class="choices">
                        {[...new Set([...drawable, ...kinds])].map((kind) => (
                            <label key={kind} class="check">
                                <input type="checkbox" checked={kinds.includes(kind)} onChange={(e) => set({ kinds: e.currentTarget.checked ? [...kinds, kind] : kinds.filter((other) => other !== kind) })} />
                                {t.ontology.kind[kind]}
                            </label>
                        ))}
                    </div>
                    <span class="muted small">{kinds.length ? '' : t.ontology.anyKind}</span>
                </div>
            </section>
            <Attributes under={`${at}/attributes`} list={def.attributes ?? []} known={def.attributes ?? []} set={(attributes) => set({ attributes })} problems={problems} />
            <div class="row">
                {def.index !== undefined && def.index >= 0 && <span class="muted small grow">{t.ontology.index(def.index)}</span>}
                <button type="button" class="button danger" onClick={remove}>
                    {t.ontology.removeClass}
                </button>
            </div>
        </>
    );
}

/** Whether a class has another somewhere above it. */
function descends(classes: ClassDef[], def: ClassDef, from: string): boolean {
    for (let now: ClassDef | undefined = def, steps = 0; now && steps < classes.length; steps++) {
        if (now.name === from) return true;
        const { parent }: ClassDef = now;
        now = parent ? classes.find((other) => other.name === parent) : undefined;
    }
    return false;
}

function TextField({ id, label, value, set, problem, hint }: { id: string; label: string; value: string; set: (text: string) => void; problem?: string; hint?: string }) {
    return (
        <div class="field">
            <label for={id}>{label}</label>
            <input id={id} class="input" autocomplete="off" placeholder={hint} value={value} onInput={(e) => set(e.currentTarget.value)} aria-invalid={problem ? 'true' : undefined} aria-describedby={`${id}-problem`} />
            <span id={`${id}-problem`} class="problem" role={problem ? 'alert' : undefined}>
                {problem}
            </span>
        </div>
    );
}

interface AttributesProps {
    under: string;
    list: AttributeDef[];
    known: AttributeDef[];
    set: (list: AttributeDef[]) => void;
    problems: Problems;
}

function Attributes({ under, list, set, problems }: AttributesProps) {
    const change = (i: number, next: Partial<AttributeDef>) => set(list.map((def, k) => (k === i ? { ...def, ...next } : def)));
    return (
        <section class="stack">
            <h2>{t.ontology.attributes}</h2>
            {list.map((def, i) => {
                const id = `${under}/${i}`;
                const conditions = list.filter((other) => other !== def && canBeCondition(other));
                return (
                    <div key={def.id ?? i} class="card section form-grid attribute">
                        <TextField id={`${id}/name`} label={t.ontology.name} value={def.name} set={(name) => change(i, { name })} problem={problems[`${id}/name`]} />
                        <div class="field">
                            <label for={`${id}/type`}>{t.ontology.type}</label>
                            <select id={`${id}/type`} class="input" value={def.type} onChange={(e) => change(i, { type: e.currentTarget.value as AttributeType })}>
                                {types.map((type) => (
                                    <option key={type} value={type}>
                                        {t.ontology.types[type]}
                                    </option>
                                ))}
                            </select>
                        </div>
                        {(def.type === 'one' || def.type === 'many') && (
                            <Options id={`${id}/options`} options={def.options ?? []} set={(options) => change(i, { options })} problem={problems[`${id}/options`]} />
                        )}
                        {conditions.length > 0 && <Condition id={`${id}/when`} when={def.when} from={conditions} set={(when) => change(i, { when })} />}
                        <div class="row wide">
                            <label class="check grow">
                                <input type="checkbox" checked={def.required ?? false} onChange={(e) => change(i, { required: e.currentTarget.checked || undefined })} />
                                {t.ontology.required}
                            </label>
                            <button
                                type="button"
                                class="button quiet icon"
                                aria-label={t.ontology.up}
                                title={t.ontology.up}
                                disabled={i === 0}
                                onClick={() => set(list.map((_, k) => list[k === i ? i - 1 : k === i - 1 ? i : k]))}
                            >
                                <Icon name="up" />
                            </button>
                            <button type="button" class="button quiet" onClick={() => set(list.filter((_, k) => k !== i))}>
                                {t.remove}
                            </button>
                        </div>
                    </div>
                );
            })}
            <div>
                <button type="button" class="button" onClick={() => set([...list, { name: '', type: 'one', options: [] }])}>
                    <Icon name="plus" />
                    {t.ontology.addAttribute}
                </button>
            </div>
        </section>
    );
}

/** A line a choice; a line that is changed in place stays the same choice. */
function Options({ id, options, set, problem }: { id: string; options: Option[]; set: (options: Option[]) => void; problem?: string }) {
    const text = useSignal(options.map(optionName).join('\n'));
    const read = (typed: string) => {
        text.value = typed;
        const names = typed.split('\n').map((line) => line.trim()).filter(Boolean);
        const byName = new Map(options.map((option) => [optionName(option), option]));
        const kept = names.map((name) => byName.get(name));
        set(
            names.map((name, i) => {
                if (kept[i]) return kept[i];
                const before = options[i];
                const renamed = names.length === options.length && typeof before === 'object' && !names.includes(before.name);
                return renamed ? { ...before, name } : name;
            }),
        );
    };
    return (
        <div class="field wide">
            <label for={id}>{t.ontology.options}</label>
            <textarea id={id} class="input" rows={Math.max(2, Math.min(8, options.length + 1))} value={text.value} onInput={(e) => read(e.currentTarget.value)} aria-invalid={problem ? 'true' : undefined} />
            <span class="problem" role={problem ? 'alert' : undefined}>
                {problem}
            </span>
        </div>
    );
}

function Condition({ id, when, from, set }: { id: string; when?: Record<string, Value>; from: AttributeDef[]; set: (when: Record<string, Value> | undefined) => void }) {
    const [name, value] = Object.entries(when ?? {})[0] ?? ['', ''];
    const def = from.find((other) => other.name === name);
    const values: [string, string][] = def?.type === 'yesno' ? [['true', t.label.yes], ['false', t.label.no]] : (def?.options ?? []).map((option) => [optionName(option), optionName(option)]);
    const first = (other: AttributeDef): Value => (other.type === 'yesno' ? true : optionName(other.options?.[0] ?? ''));
    return (
        <div class="field wide">
            <label for={id}>{t.ontology.when}</label>
            <div class="row">
                <select
                    id={id}
                    class="input"
                    value={name}
                    onChange={(e) => {
                        const other = from.find((candidate) => candidate.name === e.currentTarget.value);
                        set(other ? { [other.name]: first(other) } : undefined);
                    }}
                >
                    <option value="">{t.ontology.always}</option>
                    {from.map((other) => (
                        <option key={other.name} value={other.name}>
                            {other.name}
                        </option>
                    ))}
                </select>
                {def && (
                    <>
                        <span class="muted">{t.ontology.is}</span>
                        <select class="input" aria-label={`${name} ${t.ontology.is}`} value={String(value)} onChange={(e) => set({ [name]: def.type === 'yesno' ? e.currentTarget.value === 'true' : e.currentTarget.value })}>
                            {values.map(([option, text]) => (
                                <option key={option} value={option}>
                                    {text}
                                </option>
                            ))}
                        </select>
                    </>
                )}
            </div>
        </div>
    );
}
