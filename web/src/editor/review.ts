/** Checking what a model said: labels of other layers become truth one by one, the least sure first, or all that are shown. */
import { signal } from '@preact/signals-core';
import { type Editor, TRUTH } from './editor';
import type { Ref } from './model/doc';
import type { Tx } from './model/tx';

export class Review {
    /** Predictions that are less sure are neither shown nor accepted. */
    readonly least = signal(0);

    constructor(private editor: Editor) {}

    isPrediction(ref: Ref): boolean {
        const { doc } = this.editor;
        return doc.has(ref) && doc.layerName(doc.slot(ref)) !== TRUTH;
    }

    isSureEnough(slot: number, doc = this.editor.doc): boolean {
        return (doc.confidence(slot) ?? 1) >= this.least.value;
    }

    setLeast(least: number) {
        this.least.value = least;
        this.editor.lookChanged();
    }

    /** Predictions that wait for a verdict, the least sure first. */
    waiting(): Ref[] {
        const { editor } = this;
        // They stand at the end of the list.
        const refs = editor.listed();
        return refs.slice(refs.findLastIndex((ref) => !this.isPrediction(ref)) + 1).filter((ref) => editor.isShown(editor.doc.slot(ref)) && !editor.isLocked(ref));
    }

    /** What a key would accept: what it acts on, as far as it waits for a verdict. */
    targets(): Ref[] {
        return this.editor.targets().filter((ref) => this.isPrediction(ref) && !this.editor.isLocked(ref));
    }

    /** They are right, or right as something else; goes on to the next. */
    accept(refs: Ref[], name?: string) {
        const { editor } = this;
        const next = editor.after(refs);
        editor.tx('accept', (tx) => {
            for (const ref of refs) {
                if (name !== undefined) editor.putClass(tx, ref, name);
                this.toTruth(tx, ref);
            }
        });
        editor.focusOn(next);
    }

    acceptAll() {
        const refs = this.waiting();
        this.editor.tx('accept', (tx) => {
            for (const ref of refs) this.toTruth(tx, ref);
        });
    }

    private toTruth(tx: Tx, ref: Ref) {
        tx.set(ref, 'layer', TRUTH);
        tx.set(ref, 'confidence', null);
    }

    /** The first that waits, when an item has been opened and no drawing tool is in hand. */
    begin() {
        const [first] = this.editor.tool.value.draws ? [] : this.waiting();
        if (first) this.editor.select([first]);
    }
}
