/** Hears of a project's commits as they are made: the stream says that there is one, the feed says what it was. */
import { at, send, url } from '../api/client';
import type { Commit } from '../api/types';

export type FedCommit = Commit & { items: number[] };

const gather_ms = 60;

export function follow(project: string, seq: number, heard: (commit: FedCommit) => void): () => void {
    let last = seq;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let busy = false;
    const read = async () => {
        if (busy) return later();
        busy = true;
        try {
            const text = await (await send('GET', at`projects/${project}/changes`, { query: { after: last } })).text();
            for (const line of text.split('\n').filter(Boolean)) {
                const commit = JSON.parse(line) as FedCommit;
                if (commit.seq <= last) continue;
                last = commit.seq;
                heard(commit);
            }
        } catch {
            /* the stream's next word brings it */
        }
        busy = false;
    };
    const later = () => {
        clearTimeout(timer);
        timer = setTimeout(() => void read(), gather_ms);
    };
    const source = new EventSource(url(at`projects/${project}/changes`));
    // Also after a break: what was missed stands in the feed.
    source.onopen = later;
    source.onmessage = later;
    source.addEventListener('resync', later);
    return () => {
        clearTimeout(timer);
        source.close();
    };
}
