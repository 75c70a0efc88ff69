/** What the API sends and takes, by the names of its JSON. */

export type TaskState = 'waiting' | 'started' | 'done' | 'skipped';
export const taskStates: TaskState[] = ['waiting', 'started', 'done', 'skipped'];

export interface Page<T> {
    rows: T[];
    next: string | null;
}

export interface User {
    id: number;
    name: string;
    role: 'owner' | 'annotator';
}

export interface Me extends User {
    settings: Record<string, unknown>;
    /** The store's id: what waits in this browser for one store must not reach another. */
    store?: string;
}

export interface Token {
    id: number;
    name: string;
    created?: string;
    expires?: string | null;
    used?: string | null;
}

export type TaskCounts = Record<TaskState, number>;

export interface Project {
    id: number;
    name: string;
    seq: number;
    archived: boolean;
    removed: boolean;
    created: string;
    items: number;
    tasks: TaskCounts;
    labels: number;
    cover: number[];
    layers?: { name: string; labels: number }[];
    dataset?: string;
}

export type AttributeType = 'one' | 'many' | 'yesno' | 'text' | 'integer' | 'number';
export type Value = string | number | boolean | string[];
export type Option = string | { id: number; name: string };

export interface AttributeDef {
    id?: number;
    name: string;
    type: AttributeType;
    options?: Option[];
    required?: boolean;
    when?: Record<string, Value>;
}

export type Kind = 'box' | 'polygon' | 'polyline' | 'points' | 'skeleton' | 'mask' | 'ellipse' | 'cuboid' | 'tag';

export interface ClassDef {
    id?: number;
    name: string;
    kinds?: Kind[];
    key?: string;
    color?: string;
    parent?: string;
    index?: number;
    attributes?: AttributeDef[];
    keypoints?: string[];
    edges?: [number, number][];
}

export interface Ontology {
    version: number;
    classes: ClassDef[];
    item: AttributeDef[];
}

export interface Item {
    id: number;
    task: number;
    position: number;
    name: string;
    width: number;
    height: number;
    state: TaskState;
    split: string | null;
    labels: number;
    media: boolean;
    revision: number;
    assignee: string | null;
    media_type?: string | null;
    metadata?: Record<string, unknown>;
}

export interface Mask {
    size: [number, number];
    counts: string;
}

/** Exactly one geometry key; a skeleton may stand beside a box, polygon or mask. */
export interface Geometry {
    box?: number[];
    angle?: number;
    polygon?: number[][][];
    polyline?: number[];
    points?: number[];
    skeleton?: number[];
    mask?: Mask;
    ellipse?: number[];
    cuboid?: number[];
    tag?: true;
}

export interface Label extends Geometry {
    id: number;
    class: string;
    layer: string;
    attributes: Record<string, Value>;
    confidence: number | null;
    by: string;
    seq: number;
    group: number | null;
    frame: number | null;
    track?: number | null;
    outside?: boolean;
}

export interface Task {
    id: number;
    state: TaskState;
    split: string | null;
    assignee: string | null;
    position: number;
    reason?: string | null;
}

export interface ItemLabels {
    item: Item;
    task: Task;
    /** The project's seq at the moment of reading. */
    seq: number;
    tracks: unknown[];
    labels: Label[];
}

export type NewLabel = Omit<Label, 'id' | 'by' | 'seq'>;
export type Operation =
    | ({ op: 'add'; item: number } & Partial<NewLabel>)
    | ({ op: 'change'; id: number; was: number } & Partial<NewLabel>)
    | { op: 'remove'; id: number; was: number };

export interface ErrorBody {
    code: string;
    message: string;
    fields?: Record<string, string>;
    request?: string;
    label?: Label | null;
}

export interface Answer {
    id?: number;
    seq?: number;
    error?: ErrorBody;
}

export interface Commit {
    seq: number;
    by: string;
    at: string;
    kind: string;
    reason?: string | null;
    job?: number | null;
    added: number;
    changed: number;
    removed: number;
}

export interface Stats {
    tasks: TaskCounts;
    splits: { split: string | null; items: number }[];
    classes: { class: string; layer: string; labels: number }[];
    layers: { layer: string; labels: number }[];
    people: { name: string; labels: number }[];
    recent: Commit[];
}

export interface Issue {
    code: string;
    severity: 'info' | 'warning' | 'error';
    count: number;
    message: string;
    example?: string;
}

export interface Report {
    format: string;
    seq?: number;
    items: { read: number; added: number; matched: number; skipped: number };
    labels: { read: number; written: number; matched: number; skipped: number; kinds: Record<string, number> };
    classes: { read: number; added: number };
    issues: Issue[];
    seconds: number;
}

export interface Job {
    id: number;
    project: string | null;
    kind: string;
    state: 'waiting' | 'running' | 'done' | 'failed' | 'cancelled';
    done: number;
    total: number;
    message: string;
    report: Report | null;
    error?: ErrorBody | null;
    by: string;
    created: string;
    ended: string | null;
}

export interface Format {
    name: string;
    title: string;
    read: boolean;
    write: boolean;
}
