/** Signing in by a link; over a page that was left open it says that nothing is lost, and lets work go on. */
import { useSignal } from '@preact/signals';
import { t } from '../texts';
import { Icon } from '../ui/icons';
import { signIn } from './session';

export function SignIn({ why, again }: { why?: string; again?: string }) {
    const link = useSignal('');
    const busy = useSignal(false);
    const submit = async (e: Event) => {
        e.preventDefault();
        if (!link.value.trim()) return;
        busy.value = true;
        await signIn(link.value);
        busy.value = false;
    };
    const field = (
        <div class="field grow">
            <label for="link">{t.signIn.link}</label>
            <input id="link" class="input" autocomplete="off" spellcheck={false} autofocus={!again} value={link.value} onInput={(e) => (link.value = e.currentTarget.value)} aria-invalid={why ? 'true' : undefined} aria-describedby="why" />
        </div>
    );
    const button = (
        <button type="submit" class="button primary" disabled={busy.value}>
            {t.signIn.button}
        </button>
    );
    const problem = (
        <span id="why" class="problem" role="alert">
            {why}
        </span>
    );
    // Work goes on behind it: it is in nobody's way.
    if (again)
        return (
            <form class="sign-in-again card" onSubmit={submit} aria-label={t.signIn.title}>
                <p>{t.signIn.again(again)}</p>
                <div class="row">
                    {field}
                    {button}
                </div>
                {problem}
            </form>
        );
    return (
        <main class="sign-in">
            <form class="card" onSubmit={submit}>
                <div class="brand">
                    <Icon name="logo" size={20} />
                    {t.app}
                </div>
                <p class="muted">{t.signIn.hint}</p>
                {field}
                {problem}
                {button}
            </form>
        </main>
    );
}
