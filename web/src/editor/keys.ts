/** Commands and the keys that call them. Digits go by their place on the keyboard, so they work on every layout; letters by what is
 *  printed on them, or by their place where the script has no Latin ones; symbols by the sign itself. */

export type Context = 'app' | 'page' | 'editor';

export interface Command {
    id: string;
    title: string;
    /** "a", "Shift+a", "Ctrl+Enter", "1", "?", "Space". */
    keys: string[];
    context: Context;
    group: string;
    run: (e?: KeyboardEvent) => void;
    /** Held keys repeat it. */
    repeat?: boolean;
    /** Also while a text is being typed. */
    always?: boolean;
    /** Does something only as long as the key is held. */
    held?: boolean;
    when?: () => boolean;
    /** Called when the key is let go: the command holds only as long as the key. */
    release?: () => void;
}

/** The name of a key stroke, as commands list it. */
export function keyOf(e: Pick<KeyboardEvent, 'key' | 'code' | 'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey'>): string {
    const modifiers = `${e.ctrlKey || e.metaKey ? 'Ctrl+' : ''}${e.altKey ? 'Alt+' : ''}`;
    const shift = e.shiftKey ? 'Shift+' : '';
    const digit = /^Digit(\d)$/.exec(e.code) ?? (/^Numpad/.test(e.code) ? /^(\d)$/.exec(e.key) : null);
    if (digit) return modifiers + shift + digit[1];
    if (/^[a-z]$/i.test(e.key)) return modifiers + shift + e.key.toLowerCase();
    const letter = /^Key([A-Z])$/.exec(e.code);
    if (letter) return modifiers + shift + letter[1].toLowerCase();
    if (e.key === ' ') return `${modifiers}${shift}Space`;
    if (e.key === 'Dead' && e.code === 'Backquote') return `${modifiers}\``;
    return e.key.length === 1 ? modifiers + e.key : modifiers + shift + e.key;
}

/** A key as people read it. */
export function keyLabel(key: string): string {
    const names: Record<string, string> = { ArrowLeft: '←', ArrowRight: '→', ArrowUp: '↑', ArrowDown: '↓', Escape: 'Esc', Delete: 'Del' };
    return key
        .split(/\+(?=.)/)
        .map((part) => names[part] ?? (part.length === 1 ? part.toUpperCase() : part))
        .join(' ');
}

export class Keys {
    private commands = new Map<string, Command>();
    private held = new Map<string, Command>();
    /** Keys as the user has set them: command id to keys. */
    custom: Record<string, string[]> = {};

    add(commands: Command[]): () => void {
        for (const command of commands) this.commands.set(command.id, command);
        return () => {
            for (const command of commands) if (this.commands.get(command.id) === command) this.commands.delete(command.id);
        };
    }

    all(): Command[] {
        return [...this.commands.values()];
    }

    keysOf(command: Command): string[] {
        return this.custom[command.id] ?? command.keys;
    }

    get(id: string): Command | undefined {
        return this.commands.get(id);
    }

    private find(key: string, typing: boolean): Command | undefined {
        const order: Context[] = ['editor', 'page', 'app'];
        for (const context of order)
            for (const command of this.commands.values())
                if (command.context === context && (!typing || command.always) && this.keysOf(command).includes(key) && (!command.when || command.when())) return command;
        return undefined;
    }

    down(e: KeyboardEvent): boolean {
        if (e.isComposing || e.defaultPrevented) return false;
        const command = this.find(keyOf(e), isTyping(e.target));
        if (!command) return false;
        e.preventDefault();
        if (e.repeat && !command.repeat) return true;
        if (command.release) this.held.set(e.code, command);
        command.run(e);
        return true;
    }

    up(e: KeyboardEvent) {
        const command = this.held.get(e.code);
        if (!command) return;
        this.held.delete(e.code);
        command.release!();
    }

    /** The window has lost the keyboard: nothing is held any more. */
    releaseAll() {
        for (const command of this.held.values()) command.release!();
        this.held.clear();
    }
}

/** Letters go into a text there, or choose in a list. */
export function isTyping(target: EventTarget | null): boolean {
    if (!(target instanceof HTMLElement)) return false;
    if (target instanceof HTMLInputElement) return !['checkbox', 'radio', 'range', 'button'].includes(target.type);
    return target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement || target.isContentEditable;
}
