/** People with their roles and sign-in links, and the tokens of all. */
import { useSignal } from '@preact/signals';
import { all, at, patch, post, remove } from '../api/client';
import type { NewUser, SignInLink, User } from '../api/types';
import { me } from '../app/session';
import { t } from '../texts';
import { Add } from '../ui/add';
import { Icon } from '../ui/icons';
import { Ask, Failure, fail, Loading, When } from '../ui/parts';
import { useResource } from '../ui/resource';
import { type Secret, ShowSecret } from '../ui/secret';
import { Tokens } from '../ui/tokens';

export default function People() {
    const { value, error, reload } = useResource(() => all<User>('users'), []);
    const adding = useSignal(false);
    const secret = useSignal<Secret | null>(null);
    const removing = useSignal<User | null>(null);
    // The address by which this page was reached is one that works.
    const showLink = (name: string, link: string) => (secret.value = { title: t.people.linkTitle(name), hint: t.people.linkHint, text: new URL(link, document.baseURI).href });
    return (
        <main class="page">
            <div class="inner narrow">
                <div class="page-head">
                    <h1 class="grow">{t.people.title}</h1>
                    <button type="button" class="button primary" onClick={() => (adding.value = true)}>
                        <Icon name="plus" />
                        {t.people.add}
                    </button>
                </div>
                {error.value ? (
                    <Failure error={error.value} retry={reload} />
                ) : !value.value ? (
                    <Loading />
                ) : (
                    <div class="card wide-table">
                        <table class="table">
                            <thead>
                                <tr>
                                    <th>{t.people.name}</th>
                                    <th>{t.people.role}</th>
                                    <th>{t.people.since}</th>
                                    <th>
                                        <span class="hidden-text">{t.jobs.actions}</span>
                                    </th>
                                </tr>
                            </thead>
                            <tbody>
                                {value.value.map((user) => (
                                    <Row key={user.id} user={user} reload={reload} showLink={showLink} askRemove={() => (removing.value = user)} />
                                ))}
                            </tbody>
                        </table>
                    </div>
                )}
                <Tokens everybody />
            </div>
            {adding.value && (
                <Add
                    title={t.people.add}
                    choice={t.people.role}
                    options={[
                        ['annotator', t.people.annotator],
                        ['owner', t.people.owner],
                    ]}
                    onClose={() => (adding.value = false)}
                    save={async (name, role) => {
                        const { link } = await post<NewUser>('users', { name, role });
                        reload();
                        showLink(name, link);
                    }}
                />
            )}
            {secret.value && <ShowSecret {...secret.value} onClose={() => (secret.value = null)} />}
            {removing.value && (
                <Ask title={t.people.removeAsk(removing.value.name)} yes={t.remove} danger onYes={() => void remove(at`users/${removing.value!.id}`).then(reload, fail)} onClose={() => (removing.value = null)}>
                    {t.people.removeHint}
                </Ask>
            )}
        </main>
    );
}

function Row({ user, reload, showLink, askRemove }: { user: User; reload: () => void; showLink: (name: string, link: string) => void; askRemove: () => void }) {
    const isMe = user.id === me.value?.id;
    const newLink = () => void post<SignInLink>(at`users/${user.id}/link`).then(({ link }) => showLink(user.name, link), fail);
    return (
        <tr>
            <td class="ellipsis name">
                <bdi>{user.name}</bdi>
                {isMe && <span class="muted"> ({t.people.you})</span>}
            </td>
            <td>
                <select class="input" aria-label={`${t.people.role}: ${user.name}`} value={user.role} disabled={isMe} onChange={(e) => void patch(at`users/${user.id}`, { role: e.currentTarget.value }).then(reload, fail)}>
                    <option value="owner">{t.people.owner}</option>
                    <option value="annotator">{t.people.annotator}</option>
                </select>
            </td>
            <td class="muted">{user.created && <When at={user.created} />}</td>
            <td class="actions">
                <button type="button" class="button quiet" onClick={newLink}>
                    {t.people.newLink}
                    <span class="hidden-text">: {user.name}</span>
                </button>
                <button type="button" class="button quiet" disabled={isMe} onClick={askRemove}>
                    {t.remove}
                    <span class="hidden-text"> {user.name}</span>
                </button>
            </td>
        </tr>
    );
}
