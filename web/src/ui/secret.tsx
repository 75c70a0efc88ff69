/** What is shown once and never again: a sign-in link, a token. */
import { t } from '../texts';
import { Icon } from './icons';
import { Dialog, toast } from './parts';

export interface Secret {
    title: string;
    hint: string;
    text: string;
}

export function ShowSecret({ title, hint, text, onClose }: Secret & { onClose: () => void }) {
    const copy = async () => {
        try {
            await navigator.clipboard.writeText(text);
            toast(t.people.copied);
        } catch {
            (document.getElementById('secret') as HTMLInputElement).select();
        }
    };
    return (
        <Dialog title={title} onClose={onClose}>
            <p class="muted">{hint}</p>
            <div class="row">
                <input id="secret" class="input grow" readOnly value={text} aria-label={title} onFocus={(e) => e.currentTarget.select()} />
                <button type="button" class="button primary" autofocus onClick={() => void copy()}>
                    <Icon name="copy" />
                    {t.people.copy}
                </button>
            </div>
        </Dialog>
    );
}
