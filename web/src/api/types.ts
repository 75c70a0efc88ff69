/** What the API sends and takes. Made by tools/types from the schemas of the routes (src/api/schemas.c): change those, never this file. */

/** A page of a list; `next` is the `after` of the one that follows, null with the last. */
export interface Page<T> {
    rows: T[];
    next: string | null;
}

/** What every failure answers. */
export interface Error {
    error: ErrorBody;
}

/** The secret of a sign-in link. */
export interface SignIn {
    secret: string;
}

/** Who has signed in. */
export interface Session {
    user: User;
}

/** Who asks. */
export interface Me {
    id: number;
    name: string;
    role: Role;
    created: string | null;
    /** The store's id: what waits in a browser for one store must not reach another. */
    store: string;
    settings: Record<string, unknown>;
}

/** People. */
export type UserPage = Page<User>;

/** A person. */
export interface UserNew {
    name: string;
    role?: 'owner' | 'annotator';
}

/** A person and their first sign-in link. */
export interface NewUser {
    id: number;
    name: string;
    role: Role;
    created: string | null;
    /** What follows the server's address; its secret signs in once. */
    link: string;
    secret: string;
    /** The server's own, unless no server runs. */
    address: string | null;
    expires: string;
}

/** A link that signs in once. */
export interface SignInLink {
    /** What follows the server's address; its secret signs in once. */
    link: string;
    secret: string;
    /** The server's own, unless no server runs. */
    address: string | null;
    expires: string;
}

/** What may change. */
export interface UserChange {
    role: 'owner' | 'annotator';
}

/** A person. */
export interface User {
    id: number;
    name: string;
    role: Role;
    created: string | null;
}

/** API tokens. */
export type TokenPage = Page<Token>;

/** An API token. */
export interface TokenNew {
    name: string;
    /** ISO 8601. */
    expires?: string;
}

/** An API token. */
export interface NewToken {
    id: number;
    /** Shown this once. */
    token: string;
}

/** Projects. */
export type ProjectPage = Page<Project>;

/** A project. */
export interface ProjectNew {
    name: string;
    ontology?: OntologyNew;
}

/** A project with its counts. */
export interface Project {
    id: number;
    name: string;
    /** Number of its last commit. */
    seq: number;
    archived: boolean;
    removed: boolean;
    created: string;
    ontology_version: number;
    tasks: TaskCounts;
    items: number;
    layers: LayerCount[];
    /** On the layer truth. */
    labels: number;
    /** Ids of items that stand for it. */
    cover: number[];
}

/** What may change. */
export interface ProjectChange {
    name?: string;
    archived?: boolean;
}

/** Classes and attributes. */
export interface Ontology {
    id: number;
    version: number;
    classes: ClassDef[];
    item: AttributeDef[];
}

/** Classes and attributes to keep; what has an id keeps it. */
export interface OntologyNew {
    id?: number;
    /** The version it was made from; a later one is a conflict. */
    version?: number;
    classes?: ClassDef[];
    item?: AttributeDef[];
}

/** Counts that screens show. */
export interface Stats {
    tasks: TaskCounts;
    items: number;
    layers: LayerCount[];
    classes: ClassCount[];
    splits: SplitCount[];
    people: PersonCount[];
    recent: Commit[];
}

/** Items, in order. */
export type ItemPage = Page<Item>;

/** An item by itself. */
export interface ItemDetail {
    id: number;
    name: string;
    dataset: string;
    width: number;
    height: number;
    bytes: number;
    media_type: string | null;
    sha256: string | null;
    linked: boolean;
    missing: boolean;
    media: boolean;
    revision: number;
    metadata: Record<string, unknown>;
}

/** An item with its task and all its labels. */
export interface ItemLabels {
    item: Item;
    task: Task;
    /** The project's, at the moment of reading. */
    seq: number;
    tracks: Track[];
    labels: Label[];
}

/** Labels, item by item. */
export type LabelsPage = Page<LabelsOf>;

/** A line of NDJSON. */
export type Operation = AddOperation | ChangeOperation | RemoveOperation;

/** A line of NDJSON: what became of an operation, id and seq or an error. */
export interface Answer {
    id?: number;
    seq?: number;
    error?: ErrorBody;
}

/** What many tasks become. */
export interface TasksChange {
    /** Their items' ids. */
    items: number[];
    state?: 'waiting' | 'started' | 'done' | 'skipped';
    split?: string | null;
    reason?: string;
}

/** The commit that was made. */
export interface Committed {
    /** 0: nothing was to change. */
    seq: number;
}

/** Where to look from. */
export interface NextFrom {
    /** An item's id. */
    after?: number | null;
}

/** The next task's item, if any. */
export type Next = ItemLabels | NothingLeft;

/** An item of a project, with its task. */
export interface Item {
    id: number;
    name: string;
    width: number;
    height: number;
    media_type: string | null;
    /** Whether there are bytes to show. */
    media: boolean;
    revision: number;
    task: number;
    labels: number;
    position: number;
    state: TaskState;
    split: string | null;
    /** Who has it in hand now. */
    assignee: string | null;
    /** Why it was skipped. */
    reason: string | null;
    metadata?: Record<string, unknown>;
}

/** Why. */
export interface Skip {
    reason?: string;
}

/** What may change. */
export interface TaskChange {
    split?: string | null;
}

/** Commits, newest first. */
export type CommitPage = Page<Commit>;

/** A line of NDJSON: a commit and the items it touched. */
export interface Change {
    seq: number;
    by: string;
    at: string;
    kind: string;
    reason: string | null;
    job: number | null;
    added: number;
    changed: number;
    removed: number;
    items: number[];
}

/** What to undo. */
export interface Undo {
    commits?: number[];
    job?: number;
}

/** A place for files, until an import takes them. */
export interface Upload {
    id: string;
}

/** A file that was taken. */
export interface UploadFile {
    bytes: number;
}

/** What to import, and how. */
export interface Import {
    upload?: string;
    /** The upload's folder that is the source: names of items begin beneath it. */
    folder?: string;
    /** The images, when apart from the labels. */
    images_upload?: string;
    source?: string;
    images?: string;
    format?: string;
    layer?: string;
    dataset?: string;
    split?: string;
    map?: unknown;
    columns?: string[];
    add_classes?: boolean;
    replace?: boolean;
    waiting?: boolean;
    dry_run?: boolean;
    copy?: boolean;
}

/** Long work. */
export interface Job {
    id: number;
    project: string | null;
    kind: string;
    state: JobState;
    /** Steps, of `total`. */
    done: number;
    /** 0: not known yet. */
    total: number;
    message: string | null;
    /** What was asked for. */
    params: Record<string, unknown>;
    report: Report | null;
    /** Of a backup or verification. */
    result?: JobResult;
    error?: ErrorBody;
    by: string;
    created: string;
    started: string | null;
    ended: string | null;
}

/** What to export, and where to. */
export interface Export {
    target: string;
    format?: string;
    layer?: string;
    class?: string;
    state?: string;
    split?: string;
    media?: string;
    lossy?: boolean;
}

/** What an export would do. */
export interface ExportCheck {
    format: string;
    /** The last commit. */
    seq: number;
    items: ReportItems;
    labels: ReportLabels;
    classes: ReportClasses;
    issues: Issue[];
    seconds: number;
    /** Why it was refused. */
    error?: ErrorBody;
    /** Without `lossy`. */
    refused: boolean;
    message: string | null;
}

/** File formats. */
export type FormatPage = Page<Format>;

/** Jobs, newest first. */
export type JobPage = Page<Job>;

/** What to draw. */
export interface Demo {
    /** Demo when nothing is said. */
    project?: string;
    items?: number;
    seed?: number;
}

/** Where to. */
export interface Backup {
    target: string;
}

/** The server can read its store. */
export interface Health {
    status: 'ok';
    version: string;
}

/** What went wrong, where, and what to do. */
export interface ErrorBody {
    code: ErrorCode;
    message: string;
    /** What is wrong with each field, by JSON pointer. */
    fields?: Record<string, string>;
    /** As in the server's log. */
    request?: string;
    /** Which operation it was, from 0. */
    index?: number;
    label?: Label | null;
    /** In a conflict about a task: who has it in hand. */
    assignee?: string;
    /** In a conflict: the present one. */
    ontology?: Ontology;
}

/** What a person may do. */
export type Role = 'owner' | 'annotator';
export const roles: Role[] = ['owner', 'annotator'];

/** An API token, without its secret. */
export interface Token {
    id: number;
    name: string;
    user: string;
    created: string;
    expires: string | null;
}

/** Tasks by state. */
export interface TaskCounts {
    waiting: number;
    started: number;
    done: number;
    skipped: number;
}

/** Labels of a layer. */
export interface LayerCount {
    layer: string;
    labels: number;
}

/** A class. */
export interface ClassDef {
    id?: number;
    name: string;
    /** Kinds of geometry; all when absent. */
    kinds?: Kind[];
    key?: string;
    color?: string;
    parent?: string;
    /** Its number in YOLO and COCO. */
    index?: number;
    skeleton?: SkeletonDef;
    attributes?: AttributeDef[];
}

/** An attribute. */
export interface AttributeDef {
    id?: number;
    name: string;
    type: AttributeType;
    options?: Option[];
    required?: boolean;
    /** Asked only where other attributes have these values. */
    when?: Record<string, Value>;
}

/** Labels of a class on a layer. */
export interface ClassCount {
    class: string;
    layer: string;
    labels: number;
}

/** Items of a split. */
export interface SplitCount {
    split: string | null;
    items: number;
}

/** Labels that somebody made. */
export interface PersonCount {
    name: string;
    labels: number;
}

/** One accepted write. */
export interface Commit {
    seq: number;
    by: string;
    at: string;
    kind: string;
    reason: string | null;
    job: number | null;
    added: number;
    changed: number;
    removed: number;
}

/** An item's state in a project. */
export interface Task {
    id: number;
    position: number;
    state: TaskState;
    split: string | null;
    /** Who has it in hand now. */
    assignee: string | null;
    /** Why it was skipped. */
    reason: string | null;
}

/** One object through the frames. */
export interface Track {
    id: number;
    class: string;
    layer: string;
    attributes: Record<string, Value>;
    by: string;
    seq: number;
}

/** One statement about an item. */
export interface Label {
    /** X, y, w, h. */
    box?: number[];
    /** Of a box or an ellipse: degrees clockwise about its centre. */
    angle?: number;
    /** Parts of rings of x, y, …: the outline, then its holes. */
    polygon?: number[][][];
    /** X, y, …. */
    polyline?: number[];
    /** X, y, …. */
    points?: number[];
    /** X, y, v, … in the class's order. */
    skeleton?: number[];
    mask?: Mask;
    /** Cx, cy, rx, ry. */
    ellipse?: number[];
    /** 8 corners x, y. */
    cuboid?: number[];
    /** The item as a whole. */
    tag?: True;
    id: number;
    class: string;
    layer: string;
    attributes: Record<string, Value>;
    confidence: number | null;
    by: string;
    /** The commit that made this version. */
    seq: number;
    group: number | null;
    track?: number | null;
    frame: number | null;
    /** A keyframe that ends a visible stretch of its track. */
    outside?: boolean;
    source_id?: string;
}

/** The labels of one item. */
export interface LabelsOf {
    item: number;
    labels: Label[];
}

/** A new label. */
export interface AddOperation {
    /** X, y, w, h. */
    box?: number[];
    /** Of a box or an ellipse: degrees clockwise about its centre. */
    angle?: number;
    /** Parts of rings of x, y, …: the outline, then its holes. */
    polygon?: number[][][];
    /** X, y, …. */
    polyline?: number[];
    /** X, y, …. */
    points?: number[];
    /** X, y, v, … in the class's order. */
    skeleton?: number[];
    mask?: Mask;
    /** Cx, cy, rx, ry. */
    ellipse?: number[];
    /** 8 corners x, y. */
    cuboid?: number[];
    /** The item as a whole. */
    tag?: True;
    class?: string;
    layer?: string;
    /** In a `change` they join by name; null takes one away. */
    attributes?: Record<string, Value>;
    confidence?: number | null;
    group?: number | null;
    frame?: number | null;
    outside?: boolean;
    track?: TrackReference;
    source_id?: string;
    op: 'add';
    item: Reference;
    /** Names it for the lines that follow. */
    ref?: string;
}

/** Only what changes. */
export interface ChangeOperation {
    /** X, y, w, h. */
    box?: number[];
    /** Of a box or an ellipse: degrees clockwise about its centre. */
    angle?: number;
    /** Parts of rings of x, y, …: the outline, then its holes. */
    polygon?: number[][][];
    /** X, y, …. */
    polyline?: number[];
    /** X, y, …. */
    points?: number[];
    /** X, y, v, … in the class's order. */
    skeleton?: number[];
    mask?: Mask;
    /** Cx, cy, rx, ry. */
    ellipse?: number[];
    /** 8 corners x, y. */
    cuboid?: number[];
    /** The item as a whole. */
    tag?: True;
    class?: string;
    layer?: string;
    /** In a `change` they join by name; null takes one away. */
    attributes?: Record<string, Value>;
    confidence?: number | null;
    group?: number | null;
    frame?: number | null;
    outside?: boolean;
    track?: TrackReference;
    source_id?: string;
    op: 'change';
    id: Reference;
    /** The seq of the version that the author saw; a later one is a conflict. */
    was?: number;
}

/** Takes a label away. */
export interface RemoveOperation {
    op: 'remove';
    id?: Reference;
    /** A track with its labels, instead. */
    track?: Reference;
    /** The seq of the version that the author saw; a later one is a conflict. */
    was?: number;
}

/** No task waits. */
export interface NothingLeft {
    item: Null;
}

/** How far a task is. */
export type TaskState = 'waiting' | 'started' | 'done' | 'skipped';
export const taskStates: TaskState[] = ['waiting', 'started', 'done', 'skipped'];

/** How far a job is. */
export type JobState = 'waiting' | 'running' | 'done' | 'failed' | 'cancelled';
export const jobStates: JobState[] = ['waiting', 'running', 'done', 'failed', 'cancelled'];

/** What an import or export did. */
export interface Report {
    format: string;
    /** The last commit. */
    seq: number;
    items: ReportItems;
    labels: ReportLabels;
    classes: ReportClasses;
    issues: Issue[];
    seconds: number;
    /** Why it was refused. */
    error?: ErrorBody;
}

/** What a job came to. */
export type JobResult = BackupResult | VerifyResult;

/** Items. */
export interface ReportItems {
    read: number;
    added: number;
    matched: number;
    skipped: number;
}

/** Labels: read = written + matched + skipped. */
export interface ReportLabels {
    read: number;
    written: number;
    matched: number;
    skipped: number;
    /** Written, by kind of geometry. */
    kinds: Record<string, number>;
}

/** Classes. */
export interface ReportClasses {
    read: number;
    added: number;
}

/** What a report has to say. */
export interface Issue {
    code: string;
    severity: Severity;
    count: number;
    message: string;
    example?: string;
    examples?: string[];
}

/** A file format. */
export interface Format {
    name: string;
    title: string;
    read: boolean;
    write: boolean;
    one_file: boolean;
    can: Capabilities;
}

/** What kind of failure. */
export type ErrorCode = 'invalid' | 'usage' | 'signed-out' | 'not-allowed' | 'not-found' | 'method' | 'conflict' | 'too-large' | 'refused' | 'busy' | 'cancelled' | 'failed' | 'damaged' | 'unavailable' | 'disk-full';
export const errorCodes: ErrorCode[] = ['invalid', 'usage', 'signed-out', 'not-allowed', 'not-found', 'method', 'conflict', 'too-large', 'refused', 'busy', 'cancelled', 'failed', 'damaged', 'unavailable', 'disk-full'];

/** Kinds of geometry. */
export type Kind = 'box' | 'polygon' | 'polyline' | 'points' | 'skeleton' | 'mask' | 'ellipse' | 'cuboid' | 'tag';
export const kinds: Kind[] = ['box', 'polygon', 'polyline', 'points', 'skeleton', 'mask', 'ellipse', 'cuboid', 'tag'];

/** The points of a class's skeletons. */
export interface SkeletonDef {
    points: string[];
    edges: Edge[];
}

/** Types of attributes. */
export type AttributeType = 'one' | 'many' | 'yesno' | 'text' | 'integer' | 'number';
export const attributeTypes: AttributeType[] = ['one', 'many', 'yesno', 'text', 'integer', 'number'];

/** A name; with its id once it is kept. */
export type Option = string | { id: number; name: string };

/** An attribute's value. */
export type Value = string | number | boolean | string[];

/** Exactly one of these, in pixels of the item as displayed; a skeleton may stand beside a box, polygon or mask. */
export interface Geometry {
    /** X, y, w, h. */
    box?: number[];
    /** Of a box or an ellipse: degrees clockwise about its centre. */
    angle?: number;
    /** Parts of rings of x, y, …: the outline, then its holes. */
    polygon?: number[][][];
    /** X, y, …. */
    polyline?: number[];
    /** X, y, …. */
    points?: number[];
    /** X, y, v, … in the class's order. */
    skeleton?: number[];
    mask?: Mask;
    /** Cx, cy, rx, ry. */
    ellipse?: number[];
    /** 8 corners x, y. */
    cuboid?: number[];
    /** The item as a whole. */
    tag?: True;
}

/** COCO's compressed RLE. */
export interface Mask {
    /** Height, width. */
    size: number[];
    counts: string;
}

/** Nothing else. */
export type True = true;

/** A track's id or `ref`; in an `add`, an object is a track to make. */
export type TrackReference = number | string | Record<string, unknown> | null;

/** An id, or a name that the request knows: an item's path, a `ref` of an earlier line. */
export type Reference = number | string;

/** Nothing. */
export type Null = null;

/** What a backup holds. */
export interface BackupResult {
    images: number;
}

/** What is wrong in a store. */
export interface VerifyResult {
    problems: string[];
    /** All problems; the list is cut after 1,000. */
    count: number;
    /** Stored images that were read. */
    images: number;
}

/** info: a rule was applied; warning: something is lost or left out; error: could not be read. */
export type Severity = 'info' | 'warning' | 'error';
export const severitys: Severity[] = ['info', 'warning', 'error'];

/** What a format can carry. */
export interface Capabilities {
    kinds: Kind[];
    holes: boolean;
    parts: boolean;
    angle: boolean;
    attributes: boolean;
    splits: boolean;
    tracks: boolean;
    confidence: boolean;
    layers: boolean;
    item_attributes: boolean;
    groups: boolean;
    states: boolean;
    metadata: boolean;
    empty_items: boolean;
}

/** Two points of a skeleton, counted from 0. */
export type Edge = [number, number];
