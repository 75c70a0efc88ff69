/** Signing in by a link; over a page that was left open it says that nothing is lost. */
import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { t } from '../texts';
import { Icon } from '../ui/icons';
import { signIn } from './session';

export function SignIn({ why, again }: { why?: string; again?: string }) {
    const link = useSignal('');
    const busy = useSignal(false);
    const dialog = useRef<HTMLDialogElement>(null);
    useEffect(() => {
        if (again) dialog.current?.showModal();
    }, [again]);
    const submit = async (e: Event) => {
        e.preventDefault();
        if (!link.value.trim()) return;
        busy.value = true;
        await signIn(link.value);
        busy.value = false;
    };
    const form = (
        <form class={again ? '' : 'card'} onSubmit={submit}>
            <div class="brand">
                <Icon name="logo" size={20} />
                {t.app}
            </div>
            <p class="muted">{again ? t.signIn.again(again) : t.signIn.hint}</p>
            <div class="field">
                <label for="link">{t.signIn.link}</label>
                <input id="link" class="input" autocomplete="off" spellcheck={false} autofocus value={link.value} onInput={(e) => (link.value = e.currentTarget.value)} aria-invalid={why ? 'true' : undefined} aria-describedby="why" />
                <span id="why" class="problem" role="alert">
                    {why}
                </span>
            </div>
            <button type="submit" class="button primary" disabled={busy.value}>
                {t.signIn.button}
            </button>
        </form>
    );
    if (again)
        return (
            <dialog ref={dialog} class="dialog sign-in-again" aria-label={t.signIn.title} onCancel={(e) => e.preventDefault()}>
                <div class="body">{form}</div>
            </dialog>
        );
    return <main class="sign-in">{form}</main>;
}
