/** Something loaded for a page: its value, its failure, and a way to load it again. */
import { type Signal, useSignal } from '@preact/signals';
import { useCallback, useEffect, useRef } from 'preact/hooks';

export interface Resource<T> {
    value: Signal<T | undefined>;
    error: Signal<unknown>;
    reload: () => void;
}

export function useResource<T>(load: () => Promise<T>, inputs: unknown[]): Resource<T> {
    const value = useSignal<T | undefined>(undefined);
    const error = useSignal<unknown>(undefined);
    const turn = useRef(0);
    const reload = useCallback(() => {
        const mine = ++turn.current;
        load().then(
            (loaded) => {
                if (mine !== turn.current) return;
                value.value = loaded;
                error.value = undefined;
            },
            (failed) => {
                if (mine === turn.current) error.value = failed;
            },
        );
    }, inputs);
    useEffect(() => {
        value.value = undefined;
        error.value = undefined;
        reload();
        return () => {
            turn.current++;
        };
    }, inputs);
    return { value, error, reload };
}
