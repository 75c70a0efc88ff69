/** Copies of labels, also from one item to another. */
import { type Editor, TRUTH } from './editor';
import { type Entry, newRef, type Ref } from './model/doc';
import { geomOf } from './model/geom/geom';

const apart_px = 12;

export class Clipboard {
    private entries: Entry[] = [];
    private from = 0;
    private pasted = 0;

    constructor(private editor: Editor) {}

    copy() {
        const { editor } = this;
        const entries = editor.targets().flatMap((ref) => editor.doc.entry(ref) ?? []);
        if (!entries.length) return;
        this.entries = entries;
        this.from = editor.loaded.value!.item.id;
        this.pasted = 0;
        editor.say('copied');
    }

    /** On the item they came from, copies are set off so that they can be seen. */
    paste() {
        const { editor } = this;
        if (!this.entries.length) return editor.say('nothingToPaste');
        const by = this.from === editor.loaded.value?.item.id ? (++this.pasted * apart_px) / editor.view.scale : 0;
        this.put(this.entries.map((entry) => ({ ...entry, shape: geomOf(entry.shape.kind).move(entry.shape, by, by) })));
    }

    /** Adds labels as new ones, and chooses them. */
    put(entries: Entry[]) {
        const { editor } = this;
        const known = entries.filter((entry) => editor.classes.def(entry.class));
        const refs: Ref[] = known.map(newRef);
        editor.tx('paste', (tx) => {
            known.forEach((entry, i) => tx.add(refs[i], { ...entry, layer: TRUTH, confidence: null, group: null }));
        });
        editor.select(refs);
    }
}
