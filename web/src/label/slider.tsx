/** A slider with its name and value. */
interface Props {
    id: string;
    name: string;
    shown: string;
    min: number;
    max: number;
    step: number;
    value: number;
    set: (value: number) => void;
    reset?: () => void;
}

export function Slider({ id, name, shown, min, max, step, value, set, reset }: Props) {
    return (
        <div class="slider">
            <label for={id}>{name}</label>
            <output for={id}>{shown}</output>
            <input id={id} type="range" min={min} max={max} step={step} value={value} onInput={(e) => set(Number(e.currentTarget.value))} onDblClick={reset} />
        </div>
    );
}
