/** Requests to the API of the server this page came from. Every failure is an ApiError. */
import type { ErrorBody } from './types';

export class ApiError extends Error {
    constructor(
        readonly status: number,
        readonly code: string,
        message: string,
        readonly body?: ErrorBody,
    ) {
        super(message);
    }
    get fields(): Record<string, string> {
        return this.body?.fields ?? {};
    }
    /** Nothing is known about what the server did: ask again with the same key. */
    get unsure(): boolean {
        return this.status === 0 || this.status === 429 || this.status >= 500;
    }
}

type Query = Record<string, string | number | boolean | null | undefined>;

/** An address of the API, below whatever prefix the page is served from. */
export function url(path: string, query?: Query): string {
    const at = new URL(`v1/${path}`, document.baseURI);
    for (const [name, value] of Object.entries(query ?? {}))
        if (value !== null && value !== undefined && value !== '' && value !== false) at.searchParams.set(name, String(value));
    return at.href;
}

export interface Request {
    query?: Query;
    body?: unknown;
    headers?: Record<string, string>;
    signal?: AbortSignal;
    keepalive?: boolean;
}

/** Called when the server says that nobody is signed in. */
let signedOut = () => {};
export const onSignedOut = (call: () => void) => {
    signedOut = call;
};

/** The answer as it comes, after failures are turned into errors. */
export async function send(method: string, path: string, request: Request = {}): Promise<Response> {
    const { query, body, headers = {}, signal, keepalive } = request;
    const raw = body instanceof Blob || typeof body === 'string';
    let response: Response;
    try {
        response = await fetch(url(path, query), {
            method,
            signal,
            keepalive,
            credentials: 'same-origin',
            headers: body === undefined || raw ? headers : { 'content-type': 'application/json', ...headers },
            body: body === undefined ? undefined : raw ? (body as BodyInit) : JSON.stringify(body),
        });
    } catch (error) {
        if (signal?.aborted) throw error;
        throw new ApiError(0, 'offline', 'The server cannot be reached.');
    }
    if (response.ok) return response;
    if (response.status === 401) signedOut();
    throw await failure(response);
}

export async function failure(response: Response): Promise<ApiError> {
    return failureOf(response.status, await response.text().catch(() => ''));
}

/** What an answer that is no success says. */
export function failureOf(status: number, text: string): ApiError {
    let body: ErrorBody | undefined;
    try {
        body = JSON.parse(text)?.error;
    } catch {
        /* not one of the API's own errors: a proxy's page, say */
    }
    return new ApiError(status, body?.code ?? 'failed', body?.message ?? `The server answered ${status}.`, body);
}

export async function get<T>(path: string, query?: Query, signal?: AbortSignal): Promise<T> {
    return (await send('GET', path, { query, signal })).json();
}

export async function post<T>(path: string, body: unknown = {}, query?: Query): Promise<T> {
    return json(await send('POST', path, { body, query }));
}

export async function put<T>(path: string, body: unknown, query?: Query): Promise<T> {
    return json(await send('PUT', path, { body, query }));
}

export async function patch<T>(path: string, body: unknown): Promise<T> {
    return json(await send('PATCH', path, { body }));
}

export async function remove(path: string): Promise<void> {
    await send('DELETE', path);
}

async function json<T>(response: Response): Promise<T> {
    const text = await response.text();
    return (text ? JSON.parse(text) : undefined) as T;
}

/** All rows of a list that is known to be short. */
export async function all<T>(path: string, query: Query = {}): Promise<T[]> {
    const rows: T[] = [];
    for (let after: string | null | undefined; after !== null; ) {
        const page: { rows: T[]; next: string | null } = await get(path, { ...query, after });
        rows.push(...page.rows);
        after = page.next;
    }
    return rows;
}

/** A path with its parts escaped: at`projects/${name}/items`. */
export function at(parts: TemplateStringsArray, ...values: (string | number)[]): string {
    return parts.reduce((path, part, i) => path + encodeURIComponent(String(values[i - 1])) + part);
}
