/** What is said about the item as a whole: its classes, and the tag that carries its attributes. */
import { ITEM_CLASS } from './classes';
import { type Editor, TRUTH } from './editor';
import { type Entry, newRef, type Ref } from './model/doc';
import { TAG, TAG_SHAPE } from './model/shape';

export class Whole {
    constructor(private editor: Editor) {}

    tags(): Ref[] {
        const { doc } = this.editor;
        return doc.alive().filter((slot) => doc.kind[slot] === TAG && doc.layerName(slot) === TRUTH).map((slot) => doc.refs[slot]);
    }

    private tagOf(name: string): Ref | undefined {
        const { doc } = this.editor;
        return this.tags().find((ref) => doc.className(doc.slot(ref)) === name);
    }

    attributes(): Entry['attributes'] {
        const { doc } = this.editor;
        const tag = this.tagOf(ITEM_CLASS);
        return tag ? doc.attributes(doc.slot(tag)) : {};
    }

    setAttribute(name: string, value: Entry['attributes'][string] | null) {
        const { editor } = this;
        const tag = this.tagOf(ITEM_CLASS);
        if (tag) editor.setAttribute([tag], name, value);
        else if (value !== null) editor.tx('attribute', (tx) => tx.add(newRef(), { ...editor.newEntry(ITEM_CLASS, TAG_SHAPE), attributes: { [name]: value } }));
    }

    toggle(name: string) {
        const known = this.tagOf(name);
        this.editor.tx('tag', (tx) => {
            if (known) tx.remove(known);
            else tx.add(newRef(), this.editor.newEntry(name, TAG_SHAPE));
        });
    }
}
