/** Files on their way to the server, a few at a time, counted to the byte. */
import { signal } from '@preact/signals';
import { ApiError, at, failureOf, post, url } from './client';

export interface Picked {
    path: string;
    file: File;
}

const atOnce = 4;

export class Upload {
    readonly progress;
    isStopped = false;
    private running = new Set<XMLHttpRequest>();

    constructor(private files: Picked[]) {
        this.progress = signal({ sent: 0, bytes: files.reduce((sum, { file }) => sum + file.size, 0), files: files.length, filesSent: 0 });
    }

    /** All files; answers the upload's id, which an import takes. */
    async send(): Promise<string> {
        const { id } = await post<{ id: string }>('uploads');
        const left = [...this.files];
        const some = async () => {
            for (let next = left.shift(); next && !this.isStopped; next = left.shift()) await this.sendFile(id, next);
        };
        try {
            await Promise.all(Array.from({ length: atOnce }, some));
        } catch (error) {
            this.stop();
            this.isStopped = error === stopped;
            throw error;
        }
        if (this.isStopped) throw stopped;
        return id;
    }

    stop() {
        this.isStopped = true;
        for (const request of this.running) request.abort();
    }

    /** Not by fetch, which does not tell how far it is. */
    private sendFile(id: string, { path, file }: Picked): Promise<void> {
        return new Promise((resolve, reject) => {
            const request = new XMLHttpRequest();
            let sent = 0;
            const count = (now: number) => {
                this.progress.value = { ...this.progress.value, sent: this.progress.value.sent + now - sent };
                sent = now;
            };
            this.running.add(request);
            request.open('PUT', url(at`uploads/${id}/files`, { path }));
            request.setRequestHeader('content-type', 'application/octet-stream');
            request.upload.onprogress = (e) => count(Math.min(file.size, e.loaded));
            request.onloadend = () => {
                this.running.delete(request);
                if (request.status >= 200 && request.status < 300) {
                    count(file.size);
                    this.progress.value = { ...this.progress.value, filesSent: this.progress.value.filesSent + 1 };
                    resolve();
                } else if (this.isStopped) reject(stopped);
                else if (!request.status) reject(new ApiError(0, 'offline', ''));
                else reject(failureOf(request.status, request.responseText));
            };
            request.send(file);
        });
    }
}

const stopped = new Error('stopped');
