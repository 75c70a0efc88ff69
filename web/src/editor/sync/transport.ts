/** Sends one batch of the journal over HTTP. */
import { ApiError, at, send } from '../../api/client';
import type { Answer } from '../../api/types';
import type { Batch } from './outbox';
import { Refusal, type Transport } from './sync';

export const transport: Transport = {
    async send(batch: Batch): Promise<Answer[]> {
        try {
            if (batch.task) {
                await send('POST', at`tasks/${batch.task.task}/` + batch.task.action, { body: JSON.parse(batch.body), headers: { 'idempotency-key': batch.key } });
                return [{}];
            }
            const response = await send('POST', at`projects/${batch.project}/labels`, {
                query: { partial: true },
                body: batch.body,
                headers: { 'content-type': 'application/x-ndjson', 'idempotency-key': batch.key },
            });
            return lines(await response.text(), batch);
        } catch (error) {
            if (error instanceof Refusal) throw error;
            if (!(error instanceof ApiError)) throw new Refusal('unsure', 'failed', String(error));
            if (error.status === 401) throw new Refusal('signed-out', error.code, error.message);
            if (error.unsure) throw new Refusal('unsure', error.code, error.message);
            if (error.lines) return lines(error.lines, batch);
            throw new Refusal('refused', error.code, error.message);
        }
    },
};

function lines(text: string, batch: Batch): Answer[] {
    const answers = text
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line) as Answer);
    // An answer cut short says nothing about the rest: the same key gives the whole again.
    if (answers.length !== batch.edits.length) throw new Refusal('unsure', 'failed', 'cut short');
    return answers;
}
