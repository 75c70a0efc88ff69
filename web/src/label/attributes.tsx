/** What the chosen label says, and what the item as a whole says. */
import type { AttributeDef, Value } from '../api/types';
import type { Editor } from '../editor/editor';
import { ITEM_CLASS } from '../editor/classes';
import { BOX, ELLIPSE, kindOf } from '../editor/model/shape';
import { t } from '../texts';
import { isAsked, type Values } from './answers';

export const optionName = (option: NonNullable<AttributeDef['options']>[number]) => (typeof option === 'string' ? option : option.name);

export function Attributes({ editor }: { editor: Editor }) {
    editor.version.value;
    const refs = editor.selection.value.filter((ref) => editor.doc.has(ref));
    const itemDefs = editor.classes.ontology.value.item;
    const tagClasses = editor.classes.ontology.value.classes.filter((def) => def.kinds?.includes('tag'));
    const tags = new Set(editor.whole.tags().map((ref) => editor.doc.className(editor.doc.slot(ref))));
    return (
        <>
            <section class="panel attributes">
                <header>
                    <h2>{t.label.attributes}</h2>
                </header>
                {refs.length ? <Chosen editor={editor} refs={refs} /> : <p class="panel-hint">{t.label.nothingChosen}</p>}
            </section>
            {(itemDefs.length > 0 || tagClasses.length > 0) && (
                <section class="panel attributes">
                    <header>
                        <h2>{t.label.itemAttributes}</h2>
                    </header>
                    {tagClasses.length > 0 && (
                        <div class="fields" role="group" aria-label={t.label.itemTags}>
                            {tagClasses.map((def) => (
                                <label key={def.name} class="check">
                                    <input type="checkbox" checked={tags.has(def.name)} onChange={() => editor.whole.toggle(def.name)} />
                                    <span class="swatch" style={{ background: editor.classes.colorOf(def.name) }} />
                                    {def.name}
                                </label>
                            ))}
                        </div>
                    )}
                    <div class="fields">
                        <Fields id="item" defs={itemDefs} values={editor.whole.attributes()} set={(name, value) => editor.whole.setAttribute(name, value)} />
                    </div>
                </section>
            )}
        </>
    );
}

function Chosen({ editor, refs }: { editor: Editor; refs: string[] }) {
    const { doc } = editor;
    const slots = refs.map((ref) => doc.slot(ref));
    const names = [...new Set(slots.map((slot) => doc.className(slot)))];
    const kinds = [...new Set(slots.map((slot) => doc.kind[slot]))];
    const classes = editor.classes.ontology.value.classes.filter((def) => kinds.every((kind) => editor.classes.allows(def.name, kind)) && def.kinds?.join() !== 'tag');
    const values = names.length === 1 && names[0] !== ITEM_CLASS ? shared(slots.map((slot) => doc.attributes(slot))) : {};
    const [slot] = slots;
    const confidence = doc.confidence(slot);
    const by = doc.by(slot);
    return (
        <div class="fields">
            {refs.length > 1 && <p class="muted">{t.label.several(refs.length)}</p>}
            <div class="field">
                <label for="label-class">{t.label.class}</label>
                <select id="label-class" class="input" value={names.length === 1 ? names[0] : ''} onChange={(e) => editor.setClass(refs, e.currentTarget.value)}>
                    {names.length > 1 && <option value="">{t.label.manyClasses}</option>}
                    {names.length === 1 && !classes.some((def) => def.name === names[0]) && <option value={names[0]}>{names[0]}</option>}
                    {classes.map((def) => (
                        <option key={def.name} value={def.name}>
                            {def.name}
                        </option>
                    ))}
                </select>
            </div>
            {names.length === 1 && <Fields id="label" defs={editor.classes.attributesOf(names[0])} values={values} set={(name, value) => editor.setAttribute(refs, name, value)} />}
            {refs.length === 1 && doc.kind[slot] === BOX && <BoxFields editor={editor} label={refs[0]} />}
            {refs.length === 1 && (
                <p class="muted small">
                    {[by && `${t.label.by} ${by}`, confidence !== null && `${t.label.confidence} ${confidence.toFixed(2)}`, doc.kind[slot] !== BOX && doc.kind[slot] !== ELLIPSE && doc.kind[slot] === kindOf('polygon') && t.label.points(doc.length[slot] / 2)]
                        .filter(Boolean)
                        .join(' · ')}
                </p>
            )}
        </div>
    );
}

/** Values that all of them have. */
function shared(all: Values[]): Values {
    const [first, ...others] = all;
    return Object.fromEntries(Object.entries(first).filter(([name, value]) => others.every((values) => JSON.stringify(values[name]) === JSON.stringify(value))));
}

/** Boxes can be placed without a pointer. */
function BoxFields({ editor, label }: { editor: Editor; label: string }) {
    const shape = editor.shownShape(editor.doc.slot(label));
    const set = (i: number, text: string) => {
        const value = Number(text);
        if (!Number.isFinite(value) || (i > 1 && value <= 0)) return;
        const xy = Array.from(shape.xy);
        xy[i] = value;
        editor.reshape('reshape', [label], () => ({ ...shape, xy }));
    };
    return (
        <fieldset class="box-fields">
            <legend class="hidden-text">{t.label.position}</legend>
            {['X', 'Y', 'W', 'H'].map((name, i) => (
                <label key={name}>
                    <span>{name}</span>
                    <input class="input" type="number" step="1" value={Math.round(shape.xy[i] * 100) / 100} onChange={(e) => set(i, e.currentTarget.value)} />
                </label>
            ))}
        </fieldset>
    );
}

function Fields({ id, defs, values, set }: { id: string; defs: AttributeDef[]; values: Values; set: (name: string, value: Value | null) => void }) {
    return (
        <>
            {defs
                .filter((def) => isAsked(def, values))
                .map((def) => (
                    <Field key={def.name} id={`${id}-${def.name}`} def={def} value={values[def.name]} set={(value) => set(def.name, value)} />
                ))}
        </>
    );
}

function Field({ id, def, value, set }: { id: string; def: AttributeDef; value: Value | undefined; set: (value: Value | null) => void }) {
    const options = (def.options ?? []).map(optionName);
    const title = (
        <>
            {def.name}
            {def.required && value === undefined && <span class="warn"> {t.label.required}</span>}
        </>
    );
    if (def.type === 'yesno' || (def.type === 'one' && options.length <= 4)) {
        const choices: [Value, string][] = def.type === 'yesno' ? [[true, t.label.yes], [false, t.label.no]] : options.map((option) => [option, option]);
        return (
            <div class="field" role="group" data-field={id} aria-labelledby={`${id}-name`}>
                <span class="label" id={`${id}-name`}>
                    {title}
                </span>
                <div class="choices">
                    {choices.map(([choice, text]) => (
                        <button key={text} type="button" aria-pressed={value === choice} class="choice" onClick={() => set(value === choice ? null : choice)}>
                            {text}
                        </button>
                    ))}
                </div>
            </div>
        );
    }
    if (def.type === 'many')
        return (
            <div class="field" role="group" data-field={id} aria-labelledby={`${id}-name`}>
                <span class="label" id={`${id}-name`}>
                    {title}
                </span>
                {options.map((option) => {
                    const chosen = Array.isArray(value) ? value : [];
                    return (
                        <label key={option} class="check">
                            <input
                                type="checkbox"
                                checked={chosen.includes(option)}
                                onChange={(e) => {
                                    const next = options.filter((other) => (other === option ? e.currentTarget.checked : chosen.includes(other)));
                                    set(next.length ? next : null);
                                }}
                            />
                            {option}
                        </label>
                    );
                })}
            </div>
        );
    return (
        <div class="field">
            <label for={id}>{title}</label>
            {def.type === 'one' ? (
                <select id={id} class="input" value={(value as string) ?? ''} onChange={(e) => set(e.currentTarget.value || null)}>
                    <option value="">{t.label.unset}</option>
                    {options.map((option) => (
                        <option key={option} value={option}>
                            {option}
                        </option>
                    ))}
                </select>
            ) : def.type === 'text' ? (
                <input id={id} class="input" value={(value as string) ?? ''} onChange={(e) => set(e.currentTarget.value || null)} />
            ) : (
                <input
                    id={id}
                    class="input"
                    type="number"
                    step={def.type === 'integer' ? 1 : 'any'}
                    value={(value as number) ?? ''}
                    onChange={(e) => set(e.currentTarget.value === '' ? null : def.type === 'integer' ? Math.round(Number(e.currentTarget.value)) : Number(e.currentTarget.value))}
                />
            )}
        </div>
    );
}

/** Puts the keyboard where the answer goes. */
export function focusField(of: 'label' | 'item', attribute: string) {
    const id = `${of}-${attribute}`;
    const field = document.getElementById(id) ?? document.querySelector(`[data-field="${CSS.escape(id)}"] :is(button, input)`);
    (field as HTMLElement | null)?.focus();
}
