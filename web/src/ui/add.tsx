/** A dialog that makes something of a name, and of one choice where there is one. */
import { useSignal } from '@preact/signals';
import { ApiError } from '../api/client';
import { words } from '../app/session';
import { t } from '../texts';
import { Dialog } from './parts';

interface AddProps {
    title: string;
    hint?: string;
    choice?: string;
    options?: [value: string, text: string][];
    save: (name: string, choice: string) => Promise<void>;
    onClose: () => void;
}

export function Add({ title, hint, choice, options = [], save, onClose }: AddProps) {
    const name = useSignal('');
    const chosen = useSignal(options[0]?.[0] ?? '');
    const problem = useSignal('');
    const submit = async (e: Event) => {
        e.preventDefault();
        try {
            await save(name.value.trim(), chosen.value);
            onClose();
        } catch (error) {
            problem.value = (error instanceof ApiError && error.fields['/name']) || words(error);
        }
    };
    return (
        <Dialog
            title={title}
            onClose={onClose}
            footer={
                <>
                    <button type="button" class="button" onClick={onClose}>
                        {t.cancel}
                    </button>
                    <button type="submit" form="add" class="button primary" disabled={!name.value.trim()}>
                        {t.create}
                    </button>
                </>
            }
        >
            <form id="add" class="stack" onSubmit={submit}>
                <div class="field">
                    <label for="add-name">{t.projects.name}</label>
                    <input id="add-name" class="input" autofocus autocomplete="off" value={name.value} onInput={(e) => (name.value = e.currentTarget.value)} aria-invalid={problem.value ? 'true' : undefined} aria-describedby="add-problem" />
                    {hint && <span class="muted small">{hint}</span>}
                </div>
                {choice && (
                    <div class="field">
                        <label for="add-choice">{choice}</label>
                        <select id="add-choice" class="input" value={chosen.value} onChange={(e) => (chosen.value = e.currentTarget.value)}>
                            {options.map(([value, text]) => (
                                <option key={value} value={value}>
                                    {text}
                                </option>
                            ))}
                        </select>
                    </div>
                )}
                <span id="add-problem" class="problem" role="alert">
                    {problem.value}
                </span>
            </form>
        </Dialog>
    );
}
