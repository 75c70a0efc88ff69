/** How the picture and the labels are seen; kept from image to image. */
import type { Editor } from '../editor/editor';
import { type Adjust, isPlain, plain } from '../editor/media/media';
import { t } from '../texts';
import { Slider } from './slider';

export function ViewPanel({ editor }: { editor: Editor }) {
    editor.version.value;
    const adjust = editor.adjust.value;
    const slider = (name: keyof Adjust, text: string, shown: string, value: number, set: (value: number) => number) => (
        <Slider
            id={`adjust-${name}`}
            name={text}
            shown={shown}
            min={-1}
            max={1}
            step={0.05}
            value={value}
            set={(value) => editor.setAdjust({ ...adjust, [name]: set(value) })}
            reset={() => editor.setAdjust({ ...adjust, [name]: plain[name] })}
        />
    );
    const percent = (value: number) => `${value > 0 ? '+' : ''}${Math.round(value * 100)}`;
    const layers = [...new Set(editor.doc.alive().map((slot) => editor.doc.layerName(slot)))].sort();
    return (
        <>
            {layers.length > 1 && (
                <section class="panel">
                    <header>
                        <h2>{t.label.layers}</h2>
                    </header>
                    <div class="fields">
                        {layers.map((layer) => (
                            <label key={layer} class="check">
                                <input type="checkbox" checked={!editor.hiddenLayers.value.has(layer)} onChange={() => editor.toggleLayer(layer)} />
                                {layer}
                            </label>
                        ))}
                    </div>
                </section>
            )}
            <section class="panel view-panel">
                <header>
                    <h2 class="grow">{t.label.view}</h2>
                    {!isPlain(adjust) && (
                        <button type="button" class="mini-text" onClick={() => editor.setAdjust(plain)}>
                            {t.label.reset}
                        </button>
                    )}
                </header>
                <div class="fields">
                    {slider('brightness', t.label.brightness, percent(adjust.brightness), adjust.brightness, (v) => v)}
                    {slider('contrast', t.label.contrast, percent(adjust.contrast), adjust.contrast, (v) => v)}
                    {slider('gamma', t.label.gamma, adjust.gamma.toFixed(2), Math.log(adjust.gamma) / Math.log(5), (v) => 5 ** v)}
                    <Slider id="opacity" name={t.label.opacity} shown={`${Math.round(editor.opacity.value * 100)} %`} min={0.1} max={1} step={0.1} value={editor.opacity.value} set={(value) => editor.setOpacity(value)} />
                    <label class="check">
                        <input
                            type="checkbox"
                            checked={editor.crosshair.value}
                            onChange={(e) => {
                                editor.crosshair.value = e.currentTarget.checked;
                                editor.redraw();
                            }}
                        />
                        {t.label.crosshair}
                    </label>
                </div>
            </section>
        </>
    );
}
