/** What a model said and nobody has checked yet. */
import { TRUTH } from '../editor/editor';
import { t } from '../texts';
import { fail } from '../ui/parts';
import { keyFor } from './key-map';
import { Slider } from './slider';
import type { Work } from './work';

export function Predictions({ work }: { work: Work }) {
    const { editor } = work;
    const { review, doc } = editor;
    editor.version.value;
    editor.hiddenLayers.value;
    const slots = doc.alive().filter((slot) => doc.layerName(slot) !== TRUTH);
    if (!slots.length) return null;
    const waiting = review.waiting().length;
    const least = review.least.value;
    return (
        <section class="panel">
            <header>
                <h2 class="grow">{t.label.predictions}</h2>
                <span class="muted small">{t.label.toCheck(waiting)}</span>
            </header>
            <div class="fields">
                <div class="choices stacked">
                    <button type="button" class="choice" disabled={!review.targets().length} onClick={() => review.accept(review.targets())}>
                        {t.label.accept} <kbd>{keyFor('accept')}</kbd>
                    </button>
                    <button type="button" class="choice" onClick={() => void work.acceptAll().catch(fail)}>
                        {t.label.acceptAll} <kbd>{keyFor('acceptAll')}</kbd>
                    </button>
                </div>
                {slots.some((slot) => doc.confidence(slot) !== null) && (
                    <Slider id="least" name={t.label.leastConfidence} shown={least.toFixed(2)} min={0} max={1} step={0.05} value={least} set={(value) => review.setLeast(value)} />
                )}
            </div>
        </section>
    );
}
