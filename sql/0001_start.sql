-- The store as it begins. Types are our words, spelled by each driver: <int> <real> <text> <blob>, <table>, <clustered>.
-- Times are microseconds since 1970, UTC. Lifetimes are half-open: [seq_from, seq_to).

create table store_meta (
    key <text> primary key,
    value <text> not null
) <clustered>;

create table id_counter (
    name <text> primary key,
    next <int> not null
) <clustered>;

create table user_account (
    id <int> primary key,
    name <text> not null,
    role <int> not null,
    settings <text> not null,
    created_us <int> not null,
    removed_us <int>
) <table>;
create unique index user_account_name on user_account (name) where removed_us is null;

create table sign_in_link (
    secret_hash <blob> primary key,
    user_id <int> not null,
    expires_us <int> not null,
    used_us <int>
) <table>;

create table session (
    token_hash <blob> primary key,
    user_id <int> not null,
    created_us <int> not null,
    expires_us <int> not null
) <table>;
create index session_of_user on session (user_id);

create table api_token (
    id <int> primary key,
    user_id <int> not null,
    name <text> not null,
    token_hash <blob> not null unique,
    created_us <int> not null,
    expires_us <int>,
    revoked_us <int>
) <table>;

create table ontology (
    id <int> primary key,
    name <text> not null,
    version <int> not null
) <table>;

create table ontology_version (
    ontology_id <int> not null,
    version <int> not null,
    user_id <int> not null,
    created_us <int> not null,
    primary key (ontology_id, version)
) <clustered>;

create table ontology_class (
    id <int> not null,
    version_from <int> not null,
    version_to <int>,
    ontology_id <int> not null,
    position <int> not null,
    name <text> not null,
    parent_id <int>,
    key <text>,
    color <text>,
    kinds <int> not null,
    export_index <int> not null,
    skeleton <text>,
    primary key (id, version_from)
) <clustered>;
create index ontology_class_ontology on ontology_class (ontology_id, id);

create table ontology_attribute (
    id <int> not null,
    version_from <int> not null,
    version_to <int>,
    ontology_id <int> not null,
    class_id <int>,
    position <int> not null,
    name <text> not null,
    type <int> not null,
    required <int> not null,
    conditions <text>,
    primary key (id, version_from)
) <clustered>;
create index ontology_attribute_ontology on ontology_attribute (ontology_id, id);

create table ontology_option (
    id <int> not null,
    version_from <int> not null,
    version_to <int>,
    ontology_id <int> not null,
    attribute_id <int> not null,
    position <int> not null,
    name <text> not null,
    primary key (id, version_from)
) <clustered>;
create index ontology_option_ontology on ontology_option (ontology_id, id);

create table dataset (
    id <int> primary key,
    name <text> not null unique,
    root <text>,
    created_us <int> not null
) <table>;

create table project (
    id <int> primary key,
    name <text> not null,
    ontology_id <int> not null,
    dataset_id <int> not null,
    seq <int> not null,
    next_position <int> not null,
    created_us <int> not null,
    archived <int> not null,
    removed_us <int>
) <table>;
create unique index project_name on project (name) where removed_us is null;
create index project_ontology_id on project (ontology_id);

create table project_ontology (
    project_id <int> not null,
    seq_from <int> not null,
    version <int> not null,
    primary key (project_id, seq_from)
) <clustered>;

create table project_dataset (
    project_id <int> not null,
    dataset_id <int> not null,
    primary key (project_id, dataset_id)
) <clustered>;

create table layer (
    id <int> primary key,
    project_id <int> not null,
    name <text> not null,
    unique (project_id, name)
) <table>;

-- location: 0 no media, 1 blob by sha256, 2 linked under the dataset's root. missing: 1 when a linked file has gone.
create table item (
    id <int> primary key,
    dataset_id <int> not null,
    name <text> not null,
    kind <int> not null,
    media_type <text>,
    width <int> not null,
    height <int> not null,
    orientation <int> not null,
    location <int> not null,
    missing <int> not null,
    bytes <int> not null,
    mtime_us <int>,
    sha256 <blob>,
    revision <int> not null,
    metadata <text>,
    source_id <text>,
    added_us <int> not null,
    unique (dataset_id, name)
) <table>;
create index item_sha256 on item (sha256) where sha256 is not null;
create index item_source on item (dataset_id, source_id) where source_id is not null;

create table item_revision (
    item_id <int> not null,
    revision <int> not null,
    width <int> not null,
    height <int> not null,
    bytes <int> not null,
    mtime_us <int>,
    sha256 <blob>,
    replaced_us <int> not null,
    primary key (item_id, revision)
) <clustered>;

create table task (
    id <int> primary key,
    project_id <int> not null,
    item_id <int> not null,
    position <int> not null,
    state <int> not null,
    split_id <int>,
    reason <text>,
    n_labels <int> not null,
    lease_user_id <int>,
    lease_until_us <int>,
    seq_from <int> not null,
    unique (project_id, item_id)
) <table>;
create unique index task_position on task (project_id, position);
create index task_state on task (project_id, state, position);
create index task_split on task (project_id, split_id, position) where split_id is not null;
create index task_lease on task (project_id, lease_user_id, position) where lease_user_id is not null;

create table task_past (
    task_id <int> not null,
    seq_from <int> not null,
    seq_to <int> not null,
    state <int> not null,
    split_id <int>,
    reason <text>,
    primary key (task_id, seq_from)
) <clustered>;

-- id: item id * 2^25 + serial, so the labels of an item lie together. Bounds, area and points stand here for every kind.
create table label (
    id <int> primary key,
    project_id <int> not null,
    layer_id <int> not null,
    class_id <int> not null,
    kind <int> not null,
    seq_from <int> not null,
    user_id <int> not null,
    x <real>, y <real>, w <real>, h <real>, area <real>,
    n_points <int> not null,
    geometry <blob>,
    skeleton <blob>,
    attributes <text>,
    confidence <real>,
    group_id <int>,
    track_id <int>,
    frame <int>,
    outside <int>,
    source_id <text>
) <table>;
create index label_class on label (project_id, layer_id, class_id<, id>);

create table label_past (
    id <int> not null,
    project_id <int> not null,
    layer_id <int> not null,
    class_id <int> not null,
    kind <int> not null,
    seq_from <int> not null,
    user_id <int> not null,
    x <real>, y <real>, w <real>, h <real>, area <real>,
    n_points <int> not null,
    geometry <blob>,
    skeleton <blob>,
    attributes <text>,
    confidence <real>,
    group_id <int>,
    track_id <int>,
    frame <int>,
    outside <int>,
    source_id <text>,
    seq_to <int> not null,
    primary key (id, seq_from)
) <clustered>;

-- Tracks have ids like labels': item id * 2^25 + serial.
create table track (
    id <int> primary key,
    project_id <int> not null,
    layer_id <int> not null,
    class_id <int> not null,
    seq_from <int> not null,
    user_id <int> not null,
    attributes <text>
) <table>;

create table track_past (
    id <int> not null,
    project_id <int> not null,
    layer_id <int> not null,
    class_id <int> not null,
    seq_from <int> not null,
    user_id <int> not null,
    attributes <text>,
    seq_to <int> not null,
    primary key (id, seq_from)
) <clustered>;

create table commit_log (
    project_id <int> not null,
    seq <int> not null,
    user_id <int> not null,
    at_us <int> not null,
    kind <text> not null,
    reason <text>,
    job_id <int>,
    added <int> not null,
    changed <int> not null,
    removed <int> not null,
    primary key (project_id, seq)
) <clustered>;
create index commit_log_job on commit_log (job_id, project_id, seq) where job_id is not null;

create table commit_item (
    project_id <int> not null,
    seq <int> not null,
    item_id <int> not null,
    primary key (project_id, seq, item_id)
) <clustered>;

create table snapshot (
    id <int> primary key,
    project_id <int> not null,
    name <text> not null,
    seq <int> not null,
    user_id <int> not null,
    created_us <int> not null,
    unique (project_id, name)
) <table>;

-- label_id 0: a score of the item.
create table score (
    item_id <int> not null,
    label_id <int> not null,
    project_id <int> not null,
    name <text> not null,
    value <real> not null,
    primary key (item_id, label_id, project_id, name)
) <clustered>;

-- What screens show, kept in the transaction that changes it. what: 1 labels by (layer, class), 2 labels by (layer, kind),
-- 3 labels by user, 4 tasks by state, 5 tasks by (split, state), 6 labels by (layer, trait: see store/counter.h).
create table counter (
    project_id <int> not null,
    what <int> not null,
    a <int> not null,
    b <int> not null,
    n <int> not null,
    primary key (project_id, what, a, b)
) <clustered>;

-- Splits by number, so that counters can name them.
create table split (
    id <int> primary key,
    name <text> not null unique
) <table>;

create table job (
    id <int> primary key,
    project_id <int>,
    kind <text> not null,
    state <int> not null,
    params <text> not null,
    done <int> not null,
    total <int> not null,
    message <text>,
    report <text>,
    error <text>,
    user_id <int> not null,
    created_us <int> not null,
    started_us <int>,
    ended_us <int>
) <table>;
create index job_state on job (state, id);
create index job_project on job (project_id, id) where project_id is not null;

create table idempotency (
    caller <text> not null,
    key <text> not null,
    status <int> not null,
    answer <blob> not null,
    created_us <int> not null,
    primary key (caller, key)
) <clustered>;
create index idempotency_created on idempotency (created_us);
