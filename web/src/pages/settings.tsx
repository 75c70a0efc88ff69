/** One's own settings: how it looks, one's tokens, and which keys do what. */
import { useSignal } from '@preact/signals';
import { setSetting, setting } from '../app/session';
import { setTheme, type Theme, theme } from '../app/theme';
import { keyLabel, keyOf } from '../editor/keys';
import { type CommandId, type CustomKeys, type GroupId, keyMap, presets } from '../label/key-map';
import { t } from '../texts';
import { Tokens } from '../ui/tokens';

const presetNames = Object.keys(presets) as (keyof typeof presets)[];

export default function Settings() {
    const custom = setting<CustomKeys>('keys', {});
    const listening = useSignal<CommandId | null>(null);
    const keysOf = (id: CommandId) => custom[id] ?? keyMap.find((row) => row.id === id)!.keys;
    const change = (id: CommandId, keys: string[] | null) => {
        const { [id]: _, ...rest } = custom;
        setSetting('keys', keys ? { ...rest, [id]: keys } : rest);
    };
    const clash = (id: CommandId) => keyMap.find((row) => row.id !== id && keysOf(row.id).some((key) => keysOf(id).includes(key)));
    const preset = presetNames.find((name) => JSON.stringify(presets[name]) === JSON.stringify(custom));
    const groups = [...new Set(keyMap.map((row) => row.group))];
    return (
        <main class="page">
            <div class="inner narrow">
                <div class="page-head">
                    <h1>{t.settings.title}</h1>
                </div>
                <section class="card section stack">
                    <h2>{t.settings.look}</h2>
                    <fieldset class="bare choices">
                        <legend class="hidden-text">{t.settings.look}</legend>
                        {(['dark', 'light', 'system'] as Theme[]).map((name) => (
                            <label key={name} class="check">
                                <input type="radio" name="theme" checked={theme() === name} onChange={() => setTheme(name)} />
                                {t.settings.theme[name]}
                            </label>
                        ))}
                    </fieldset>
                </section>
                <section class="card section stack">
                    <h2>{t.settings.advance}</h2>
                    <fieldset class="bare choices">
                        <legend class="hidden-text">{t.settings.advance}</legend>
                        {[true, false].map((goes) => (
                            <label key={String(goes)} class="check">
                                <input type="radio" name="advance" checked={setting('advance', true) === goes} onChange={() => setSetting('advance', goes)} />
                                {goes ? t.settings.goOn : t.settings.stay}
                            </label>
                        ))}
                    </fieldset>
                </section>
                <Tokens />
                <section class="card section stack">
                    <header class="row">
                        <h2 class="grow">{t.settings.keys}</h2>
                        {Object.keys(custom).length > 0 && (
                            <button type="button" class="button" onClick={() => setSetting('keys', {})}>
                                {t.settings.resetAll}
                            </button>
                        )}
                    </header>
                    <div class="field">
                        <label for="preset">{t.settings.presets}</label>
                        <select id="preset" class="input" value={preset ?? ''} onChange={(e) => setSetting('keys', presets[e.currentTarget.value as keyof typeof presets])}>
                            {!preset && <option value="">{t.settings.ownKeys}</option>}
                            {presetNames.map((name) => (
                                <option key={name} value={name}>
                                    {t.settings.preset[name]}
                                </option>
                            ))}
                        </select>
                    </div>
                    <p class="muted">{t.settings.keysHint}</p>
                    {groups.map((group: GroupId) => (
                        <div key={group}>
                            <h3 class="muted key-group">{t.label.group[group]}</h3>
                            <ul class="key-rows">
                                {keyMap
                                    .filter((row) => row.group === group)
                                    .map(({ id }) => {
                                        const other = clash(id);
                                        return (
                                            <li key={id}>
                                                <span class="grow">
                                                    {t.label.command[id]}
                                                    {other && <span class="warn small"> {t.settings.clash(t.label.command[other.id])}</span>}
                                                </span>
                                                <button
                                                    type="button"
                                                    class="button key-button"
                                                    onClick={() => (listening.value = id)}
                                                    onBlur={() => (listening.value = null)}
                                                    onKeyDown={(e) => {
                                                        if (listening.value !== id || ['Shift', 'Control', 'Alt', 'Meta', 'Tab'].includes(e.key)) return;
                                                        e.preventDefault();
                                                        if (e.key !== 'Escape' || id === 'cancel') change(id, [keyOf(e)]);
                                                        listening.value = null;
                                                    }}
                                                >
                                                    <span class="hidden-text">{t.settings.changeKey(t.label.command[id])}</span>
                                                    {listening.value === id ? t.settings.press : keysOf(id).map((key) => <kbd key={key}>{keyLabel(key)}</kbd>)}
                                                    {listening.value !== id && !keysOf(id).length && t.label.unset}
                                                </button>
                                                <span class="key-reset">
                                                    {custom[id] && (
                                                        <button type="button" class="button quiet" onClick={() => change(id, null)}>
                                                            {t.label.reset}
                                                        </button>
                                                    )}
                                                </span>
                                            </li>
                                        );
                                    })}
                            </ul>
                        </div>
                    ))}
                </section>
            </div>
        </main>
    );
}
