-- Tasks of a split and a state, in order: without it a page looked through all of the state.
create index task_split_state on task (project_id, split_id, state, position) where split_id is not null;
