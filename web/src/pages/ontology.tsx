/** The ontology: classes with colours, keys and shapes, their attributes with conditions; checked while it is typed, saved as one version. */
import { type Signal, useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { ApiError, at, get, put } from '../api/client';
import type { ClassDef, Kind, Ontology, Stats } from '../api/types';
import { guardLeaving, href } from '../app/router';
import { isOwner, words } from '../app/session';
import { checkOntology, type Problems } from '../label/ontology-check';
import { keysOfClasses } from '../label/class-keys';
import { mergeOntologies } from '../label/ontology-merge';
import { number, t } from '../texts';
import { Attributes, TextField } from '../ui/attribute-editor';
import { Icon } from '../ui/icons';
import { colorOf, palette } from '../ui/palette';
import { Failure, Loading, Notice, toast } from '../ui/parts';
import { useResource } from '../ui/resource';

const drawable: Kind[] = ['box', 'polygon', 'polyline', 'points', 'mask', 'ellipse', 'tag'];
const manyClasses = 20;
/** What is chosen when no class is. */
const item = -1;
const nothing = -2;

export default function OntologyPage({ project }: { project: string }) {
    const { value, error, reload } = useResource(async () => {
        const [saved, stats] = await Promise.all([get<Ontology>(at`projects/${project}/ontology`), get<Stats>(at`projects/${project}/stats`)]);
        const used = new Map<string, number>();
        for (const { class: name, labels } of stats.classes) used.set(name, (used.get(name) ?? 0) + labels);
        return { saved, used };
    }, [project]);
    if (error.value)
        return (
            <main class="page">
                <Failure error={error.value} retry={reload} />
            </main>
        );
    if (!value.value)
        return (
            <main class="page">
                <Loading />
            </main>
        );
    return <OntologyEditor key={value.value.saved.version} project={project} {...value.value} reload={reload} />;
}

interface EditorProps {
    project: string;
    saved: Ontology;
    /** Labels of each class, on all layers. */
    used: Map<string, number>;
    reload: () => void;
}

function OntologyEditor({ project, saved, used, reload }: EditorProps) {
    /** What the server has, as far as is known: what others saved meanwhile comes in with a conflict. */
    const base = useSignal(saved);
    const draft = useSignal<Ontology>(structuredClone(saved));
    const chosen = useSignal(saved.classes.length ? 0 : saved.item.length ? item : nothing);
    const failure = useSignal('');
    const fields = useSignal<Problems>({});
    const busy = useSignal(false);
    const readOnly = !isOwner.value;
    const isChanged = JSON.stringify(draft.value) !== JSON.stringify(base.value);
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
                    const theirs = await get<Ontology>(at`projects/${project}/ontology`);
                    if (theirs.version !== base.value.version) {
                        const { merged, clashes } = mergeOntologies(base.value, draft.value, theirs);
                        base.value = theirs;
                        draft.value = merged;
                        chosen.value = Math.min(chosen.value, merged.classes.length - 1);
                        failure.value = t.ontology.moved(clashes);
                    }
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
            <div class="page" tabIndex={readOnly ? 0 : undefined}>
                <div class="inner narrow">
                    <div class="page-head stays">
                        <h1 class="grow ellipsis">{chosen.value === nothing ? t.ontology.title : chosen.value === item ? t.ontology.item : classes[chosen.value]?.name || t.ontology.name}</h1>
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
                        {chosen.value === nothing ? (
                            <Notice icon="tags" title={t.ontology.none}>
                                {readOnly ? undefined : t.ontology.noneHint}
                            </Notice>
                        ) : chosen.value === item ? (
                            <>
                                <p class="muted">{t.ontology.itemHint}</p>
                                <Attributes title={t.ontology.itemAttributes} under="/item" list={draft.value.item} set={(item) => change({ item })} problems={problems} />
                            </>
                        ) : (
                            classes[chosen.value] && (
                                <ClassForm
                                    key={classes[chosen.value].id ?? `new ${chosen.value}`}
                                    i={chosen.value}
                                    project={project}
                                    used={used.get(base.value.classes.find((def) => def.id === classes[chosen.value].id)?.name ?? '') ?? 0}
                                    move={(by) => move(chosen.value, by)}
                                    classes={classes}
                                    problems={problems}
                                    set={(next) => setClass(chosen.value, next)}
                                    remove={() => {
                                        const gone = classes[chosen.value].name;
                                        change({ classes: classes.filter((_, k) => k !== chosen.value).map((def) => (def.parent === gone ? { ...def, parent: undefined } : def)) });
                                        chosen.value = classes.length > 1 ? Math.min(chosen.value, classes.length - 2) : nothing;
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
    const search = useSignal('');
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
                <h2 class="grow">{t.ontology.classes}</h2>
                <span class="muted small">{number(classes.length)}</span>
            </header>
            {classes.length > manyClasses && (
                <div class="add-class">
                    <Icon name="search" />
                    <input type="search" class="input grow" placeholder={t.ontology.find} aria-label={t.ontology.find} value={search.value} onInput={(e) => (search.value = e.currentTarget.value)} />
                </div>
            )}
            <ul class="class-list" title={readOnly ? undefined : t.ontology.orderHint}>
                {classes.map((def, i) => (
                    <li
                        hidden={search.value !== '' && chosen.value !== i && !def.name.toLowerCase().includes(search.value.toLowerCase())}
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
                    <button type="button" aria-pressed={chosen.value === item} onClick={() => (chosen.value = item)}>
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
    project: string;
    used: number;
    move: (by: number) => void;
    classes: ClassDef[];
    problems: Problems;
    set: (next: Partial<ClassDef>) => void;
    remove: () => void;
}

/** Shapes that the labelling page can draw or set. */
const withTool: Kind[] = ['box', 'polygon', 'tag'];

function ClassForm({ i, project, used, move, classes, problems, set, remove }: ClassFormProps) {
    const def = classes[i];
    const at = `/classes/${i}`;
    const color = colorOf(def, i);
    const kinds = def.kinds ?? [];
    const byPlace = keysOfClasses(classes).get(def.name);
    return (
        <>
            <section class="card section form-grid">
                <TextField id="name" label={t.ontology.name} value={def.name} set={(name) => set({ name })} problem={problems[`${at}/name`]} />
                <TextField id="key" label={t.ontology.key} hint={byPlace ? t.ontology.keyByPlace(byPlace.toUpperCase()) : t.ontology.keyHint} value={def.key ?? ''} set={(key) => set({ key: key.slice(-1) || undefined })} problem={problems[`${at}/key`]} />
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
                            <input key={choice} type="radio" name="color" class="color" style={{ background: choice }} checked={color === choice} aria-label={choice} title={choice} onChange={() => set({ color: choice })} />
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
                    <span class="muted small">{!kinds.length ? t.ontology.anyKind : kinds.some((kind) => withTool.includes(kind)) ? '' : t.ontology.notDrawn}</span>
                </div>
            </section>
            <Attributes title={t.ontology.attributes} under={`${at}/attributes`} list={def.attributes ?? []} set={(attributes) => set({ attributes })} problems={problems} />
            <div class="row">
                <span class="muted small grow">
                    {def.index !== undefined && def.index >= 0 && `${t.ontology.index(def.index)} · `}
                    {def.id && (
                        <a class="link" href={`${href('projects', project, 'items')}?class=${encodeURIComponent(def.name)}`}>
                            {t.labels(used)}
                        </a>
                    )}
                    {used > 0 && ` · ${t.ontology.inUse}`}
                </span>
                {([-1, 1] as const).map((by) => (
                    <button key={by} type="button" class="button quiet icon" aria-label={by < 0 ? t.ontology.up : t.ontology.down} title={by < 0 ? t.ontology.up : t.ontology.down} disabled={!classes[i + by]} onClick={() => move(by)}>
                        <Icon name={by < 0 ? 'up' : 'below'} />
                    </button>
                ))}
                <button type="button" class="button danger" disabled={used > 0} title={used > 0 ? t.ontology.inUse : undefined} onClick={remove}>
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
