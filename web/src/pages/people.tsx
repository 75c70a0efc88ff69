/** People with their sign-in links, and tokens for programs. */
import { useSignal } from '@preact/signals';
import { all, at, patch, post, remove } from '../api/client';
import type { NewToken, NewUser, SignInLink, Token, User } from '../api/types';
import { me, words } from '../app/session';
import { t } from '../texts';
import { Icon } from '../ui/icons';
import { Dialog, fail, Failure, toast, When } from '../ui/parts';
import { useResource } from '../ui/resource';

interface Secret {
    title: string;
    hint: string;
    text: string;
}

export default function People() {
    const users = useResource(() => all<User>('users'), []);
    const tokens = useResource(() => all<Token>('tokens'), []);
    const adding = useSignal<'person' | 'token' | null>(null);
    const secret = useSignal<Secret | null>(null);
    const removing = useSignal<{ name: string; path: string; reload: () => void } | null>(null);
    const showLink = (name: string, link: string) => (secret.value = { title: t.people.linkTitle(name), hint: t.people.linkHint, text: link });
    const error = users.error.value ?? tokens.error.value;
    return (
        <main class="page">
            <div class="inner narrow">
                {error ? (
                    <Failure
                        error={error}
                        retry={() => {
                            users.reload();
                            tokens.reload();
                        }}
                    />
                ) : (
                    <>
                        <div class="page-head">
                            <h1 class="grow">{t.people.title}</h1>
                            <button type="button" class="button primary" onClick={() => (adding.value = 'person')}>
                                <Icon name="plus" />
                                {t.people.add}
                            </button>
                        </div>
                        <div class="card">
                            <table class="table">
                                <tbody>
                                    {users.value.value?.map((user) => (
                                        <tr key={user.id}>
                                            <td>
                                                {user.name}
                                                {user.id === me.value?.id && <span class="muted"> ({t.people.you})</span>}
                                            </td>
                                            <td>
                                                <select
                                                    class="input"
                                                    aria-label={t.people.role}
                                                    value={user.role}
                                                    disabled={user.id === me.value?.id}
                                                    onChange={(e) => void patch(at`users/${user.id}`, { role: e.currentTarget.value }).then(users.reload, fail)}
                                                >
                                                    <option value="owner">{t.people.owner}</option>
                                                    <option value="annotator">{t.people.annotator}</option>
                                                </select>
                                            </td>
                                            <td class="actions">
                                                <button type="button" class="button quiet" onClick={() => void post<SignInLink>(at`users/${user.id}/link`).then(({ link }) => showLink(user.name, link), fail)}>
                                                    {t.people.newLink}
                                                </button>
                                                <button
                                                    type="button"
                                                    class="button quiet"
                                                    disabled={user.id === me.value?.id}
                                                    onClick={() => (removing.value = { name: user.name, path: at`users/${user.id}`, reload: users.reload })}
                                                >
                                                    {t.remove}
                                                </button>
                                            </td>
                                        </tr>
                                    ))}
                                </tbody>
                            </table>
                        </div>
                        <div class="page-head second">
                            <h2 class="grow">{t.people.tokens}</h2>
                            <button type="button" class="button" onClick={() => (adding.value = 'token')}>
                                <Icon name="plus" />
                                {t.people.addToken}
                            </button>
                        </div>
                        {tokens.value.value?.length ? (
                            <div class="card">
                                <table class="table">
                                    <tbody>
                                        {tokens.value.value.map((token) => (
                                            <tr key={token.id}>
                                                <td>{token.name}</td>
                                                <td class="muted">{token.created && <When at={token.created} />}</td>
                                                <td class="muted">{token.expires ? t.people.expires(new Date(token.expires).toLocaleDateString()) : t.people.noExpiry}</td>
                                                <td class="actions">
                                                    <button type="button" class="button quiet" onClick={() => (removing.value = { name: token.name, path: at`tokens/${token.id}`, reload: tokens.reload })}>
                                                        {t.people.revoke}
                                                    </button>
                                                </td>
                                            </tr>
                                        ))}
                                    </tbody>
                                </table>
                            </div>
                        ) : (
                            <p class="muted">{t.people.noTokens}</p>
                        )}
                    </>
                )}
            </div>
            {adding.value === 'person' && (
                <Add
                    title={t.people.add}
                    onClose={() => (adding.value = null)}
                    withRole
                    save={async (name, role) => {
                        const { link } = await post<NewUser>('users', { name, role });
                        users.reload();
                        showLink(name, link);
                    }}
                />
            )}
            {adding.value === 'token' && (
                <Add
                    title={t.people.addToken}
                    onClose={() => (adding.value = null)}
                    save={async (name) => {
                        const { token } = await post<NewToken>('tokens', { name });
                        tokens.reload();
                        secret.value = { title: t.people.tokenTitle(name), hint: t.people.tokenHint, text: token };
                    }}
                />
            )}
            {secret.value && <ShowSecret {...secret.value} onClose={() => (secret.value = null)} />}
            {removing.value && (
                <Dialog
                    title={t.people.removeAsk(removing.value.name)}
                    onClose={() => (removing.value = null)}
                    footer={
                        <>
                            <button type="button" class="button" autofocus onClick={() => (removing.value = null)}>
                                {t.cancel}
                            </button>
                            <button
                                type="button"
                                class="button danger"
                                onClick={() => {
                                    const { path, reload } = removing.value!;
                                    removing.value = null;
                                    void remove(path).then(reload, fail);
                                }}
                            >
                                {t.remove}
                            </button>
                        </>
                    }
                >
                    <p class="muted">{t.people.removeHint}</p>
                </Dialog>
            )}
        </main>
    );
}

function Add({ title, save, onClose, withRole }: { title: string; save: (name: string, role: string) => Promise<void>; onClose: () => void; withRole?: boolean }) {
    const name = useSignal('');
    const role = useSignal('annotator');
    const problem = useSignal('');
    const submit = async (e: Event) => {
        e.preventDefault();
        try {
            await save(name.value.trim(), role.value);
            onClose();
        } catch (error) {
            problem.value = words(error);
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
                    <input id="add-name" class="input" autofocus autocomplete="off" value={name.value} onInput={(e) => (name.value = e.currentTarget.value)} />
                </div>
                {withRole && (
                    <div class="field">
                        <label for="add-role">{t.people.role}</label>
                        <select id="add-role" class="input" value={role.value} onChange={(e) => (role.value = e.currentTarget.value)}>
                            <option value="annotator">{t.people.annotator}</option>
                            <option value="owner">{t.people.owner}</option>
                        </select>
                    </div>
                )}
                <span class="problem" role="alert">
                    {problem.value}
                </span>
            </form>
        </Dialog>
    );
}

function ShowSecret({ title, hint, text, onClose }: Secret & { onClose: () => void }) {
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
