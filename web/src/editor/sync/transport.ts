/** Sends one batch of the journal over HTTP. */
import { ApiError, at, send } from '../../api/client';
import type { Answer, ErrorBody } from '../../api/types';
import type { Batch } from './outbox';
import { Refusal, type Transport } from './sync';

export const transport: Transport = {
    async send(batch: Batch): Promise<Answer[]> {
        if (batch.task) return [await act(batch)];
        const lines = batch.body.trimEnd().split('\n');
        try {
            return await operate(batch.project, lines, batch.key);
        } catch (error) {
            const refusal = refusalOf(error);
            if (lines.length === 1) return [refusal];
            // One line spoiled it for all, or none could be done: one by one each gets an answer of its own.
            const answers: Answer[] = [];
            for (const [i, line] of lines.entries()) answers.push(...(await operate(batch.project, [line], `${batch.key}-${i}`).catch((failed) => [refusalOf(failed)])));
            return answers;
        }
    },
};

async function act({ task, body, key }: Batch): Promise<Answer> {
    try {
        await send('POST', at`tasks/${task!.task}/` + task!.action, { body: JSON.parse(body), headers: { 'idempotency-key': key } });
        return {};
    } catch (error) {
        return refusalOf(error);
    }
}

async function operate(project: number, lines: string[], key: string): Promise<Answer[]> {
    const response = await send('POST', at`projects/${project}/labels`, {
        query: { partial: true },
        body: `${lines.join('\n')}\n`,
        headers: { 'content-type': 'application/x-ndjson', 'idempotency-key': key },
    });
    const answers = (await response.text())
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line) as Answer);
    // An answer cut short says nothing about the rest: the same key gives the whole again.
    if (answers.length !== lines.length) throw new Refusal('unsure', 'cut short');
    return answers;
}

/** The server's no, as an answer; what leaves it open is thrown on. */
function refusalOf(error: unknown): Answer {
    if (error instanceof Refusal) throw error;
    if (!(error instanceof ApiError)) throw new Refusal('unsure', String(error));
    if (error.status === 401) throw new Refusal('signed-out', error.message);
    if (error.unsure) throw new Refusal('unsure', error.message);
    return { error: error.body ?? { code: error.code as ErrorBody['code'], message: error.message } };
}
