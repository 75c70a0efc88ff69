-- A task that left its project, so that it can come back as it was: its state is in task_past.
create table task_left (
    project_id <int> not null,
    item_id <int> not null,
    seq_to <int> not null,
    task_id <int> not null,
    position <int> not null,
    primary key (project_id, item_id, seq_to)
) <clustered>;
