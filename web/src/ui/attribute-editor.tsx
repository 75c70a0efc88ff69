/** What is asked about a label or an item: attributes with their choices and conditions, edited in place. */
import { useSignal } from '@preact/signals';
import type { AttributeDef, AttributeType, Option, Value } from '../api/types';
import { canBeCondition, type Problems } from '../label/ontology-check';
import { t } from '../texts';
import { Icon } from './icons';

const types: AttributeType[] = ['one', 'many', 'yesno', 'text', 'integer', 'number'];
const optionName = (option: Option) => (typeof option === 'string' ? option : option.name);

/** What nobody has come to yet is not called wrong. */
function useTouched(value: string): { touched: boolean; onBlur: () => void } {
    const touched = useSignal(value !== '');
    if (value) touched.value = true;
    return { touched: touched.value, onBlur: () => (touched.value = true) };
}

export function TextField({ id, label, value, set, problem: found, hint }: { id: string; label: string; value: string; set: (text: string) => void; problem?: string; hint?: string }) {
    const { touched, onBlur } = useTouched(value);
    const problem = touched ? found : undefined;
    return (
        <div class="field" onFocusOut={onBlur}>
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
    title: string;
    list: AttributeDef[];
    set: (list: AttributeDef[]) => void;
    problems: Problems;
}

export function Attributes({ under, title, list, set, problems }: AttributesProps) {
    const add = () => {
        set([...list, { name: '', type: 'one', options: [] }]);
        setTimeout(() => document.getElementById(`${under}/${list.length}/name`)?.focus());
    };
    const change = (i: number, next: Partial<AttributeDef>) => set(list.map((def, k) => (k === i ? { ...def, ...next } : def)));
    return (
        <section class="stack">
            <h2>{title}</h2>
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
                        {conditions.length > 0 && <Condition id={`${id}/when`} when={def.when} from={conditions} set={(when) => change(i, { when })} />}
                        {(def.type === 'one' || def.type === 'many') && (
                            <Options id={`${id}/options`} options={def.options ?? []} set={(options) => change(i, { options })} problem={problems[`${id}/options`]} />
                        )}
                        <div class="row wide">
                            <label class="check grow">
                                <input type="checkbox" checked={def.required ?? false} onChange={(e) => change(i, { required: e.currentTarget.checked || undefined })} />
                                {t.ontology.required}
                            </label>
                            {([-1, 1] as const).map((by) => (
                                <button
                                    key={by}
                                    type="button"
                                    class="button quiet icon"
                                    aria-label={by < 0 ? t.ontology.up : t.ontology.down}
                                    title={by < 0 ? t.ontology.up : t.ontology.down}
                                    disabled={!list[i + by]}
                                    onClick={() => set(list.map((other, k) => (k === i ? list[i + by] : k === i + by ? list[i] : other)))}
                                >
                                    <Icon name={by < 0 ? 'up' : 'below'} />
                                </button>
                            ))}
                            <button type="button" class="button quiet" onClick={() => set(list.filter((_, k) => k !== i))}>
                                {t.remove}
                            </button>
                        </div>
                    </div>
                );
            })}
            <div>
                <button type="button" class="button" onClick={add}>
                    <Icon name="plus" />
                    {t.ontology.addAttribute}
                </button>
            </div>
        </section>
    );
}

/** A line a choice; a line that is changed in place stays the same choice. */
function Options({ id, options, set, problem: found }: { id: string; options: Option[]; set: (options: Option[]) => void; problem?: string }) {
    const text = useSignal(options.map(optionName).join('\n'));
    const { touched, onBlur } = useTouched(text.value);
    const problem = touched ? found : undefined;
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
        <div class="field wide" onFocusOut={onBlur}>
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
        <div class="field">
            <label for={id}>{t.ontology.when}</label>
            <div class="row condition">
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
