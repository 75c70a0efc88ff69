/** Tokens, by which programs work in somebody's name: one's own, or for owners everybody's. */
import { useSignal } from '@preact/signals';
import { all, at, post, remove } from '../api/client';
import type { NewToken, Token } from '../api/types';
import { me } from '../app/session';
import { t } from '../texts';
import { Add } from './add';
import { Icon } from './icons';
import { Ask, Failure, fail, When } from './parts';
import { useResource } from './resource';
import { type Secret, ShowSecret } from './secret';

const day_ms = 86_400_000;

export function Tokens({ everybody }: { everybody?: boolean }) {
    const { value, error, reload } = useResource(() => all<Token>('tokens'), []);
    const adding = useSignal(false);
    const secret = useSignal<Secret | null>(null);
    const revoking = useSignal<Token | null>(null);
    const tokens = value.value?.filter((token) => everybody || token.user === me.value?.name);
    const save = async (name: string, days: string) => {
        const expires = days ? new Date(Date.now() + Number(days) * day_ms).toISOString() : undefined;
        const { token } = await post<NewToken>('tokens', { name, expires });
        reload();
        secret.value = { title: t.people.tokenTitle(name), hint: t.people.tokenHint, text: token };
    };
    return (
        <>
            <div class="page-head second">
                <h2 class="grow">{everybody ? t.people.allTokens : t.people.tokens}</h2>
                <button type="button" class="button" onClick={() => (adding.value = true)}>
                    <Icon name="plus" />
                    {t.people.addToken}
                </button>
            </div>
            {error.value ? (
                <Failure error={error.value} retry={reload} />
            ) : tokens?.length ? (
                <div class="card wide-table">
                    <table class="table">
                        <thead>
                            <tr>
                                <th>{t.people.token}</th>
                                {everybody && <th>{t.people.of}</th>}
                                <th>{t.people.made}</th>
                                <th>{t.people.lasts}</th>
                                <th>
                                    <span class="hidden-text">{t.jobs.actions}</span>
                                </th>
                            </tr>
                        </thead>
                        <tbody>
                            {tokens.map((token) => (
                                <tr key={token.id}>
                                    <td class="ellipsis name">{token.name}</td>
                                    {everybody && <td class="ellipsis name">{token.user}</td>}
                                    <td class="muted">
                                        <When at={token.created} />
                                    </td>
                                    <td class="muted">{token.expires ? t.people.expires(new Date(token.expires).toLocaleDateString()) : t.people.noExpiry}</td>
                                    <td class="actions">
                                        <button type="button" class="button quiet" onClick={() => (revoking.value = token)}>
                                            {t.people.revoke}
                                            <span class="hidden-text"> {token.name}</span>
                                        </button>
                                    </td>
                                </tr>
                            ))}
                        </tbody>
                    </table>
                </div>
            ) : (
                tokens && <p class="muted">{t.people.noTokens}</p>
            )}
            {adding.value && (
                <Add title={t.people.addToken} choice={t.people.lasts} options={[['', t.people.noExpiry], ...[30, 90, 365].map((days): [string, string] => [String(days), t.people.days(days)])]} save={save} onClose={() => (adding.value = false)} />
            )}
            {secret.value && <ShowSecret {...secret.value} onClose={() => (secret.value = null)} />}
            {revoking.value && (
                <Ask title={t.people.revokeAsk(revoking.value.name)} yes={t.people.revoke} danger onYes={() => void remove(at`tokens/${revoking.value!.id}`).then(reload, fail)} onClose={() => (revoking.value = null)}>
                    {t.people.revokeHint}
                </Ask>
            )}
        </>
    );
}
