-- task_get(id)
select t.id, t.project_id, t.item_id, t.position, t.state, t.split_id, t.reason, t.n_labels, t.lease_user_id, t.lease_until_us, t.seq_from from task t where t.id = :id;

-- task_find(project_id, item_id)
select t.id, t.project_id, t.item_id, t.position, t.state, t.split_id, t.reason, t.n_labels, t.lease_user_id, t.lease_until_us, t.seq_from from task t where t.project_id = :project_id and t.item_id = :item_id;

-- task_insert(id, project_id, item_id, position, state, split_id, reason, n_labels, seq_from)
insert into task (id, project_id, item_id, position, state, split_id, reason, n_labels, seq_from)
values (:id, :project_id, :item_id, :position, :state, :split_id, :reason, :n_labels, :seq_from);

-- task_update(id, state, split_id, reason, n_labels, lease_user_id, lease_until_us, seq_from)
update task set state = :state, split_id = :split_id, reason = :reason, n_labels = :n_labels, lease_user_id = :lease_user_id,
    lease_until_us = :lease_until_us, seq_from = :seq_from where id = :id;

-- task_count(id, n_labels)
update task set n_labels = :n_labels where id = :id;

-- task_delete(id)
delete from task where id = :id;

-- task_keep(id, seq)
insert into task_past (task_id, seq_from, seq_to, state, split_id, reason)
select id, seq_from, :seq, state, split_id, reason from task where id = :id;

-- task_past_from(id, seq_from)
select seq_to from task_past where task_id = :id and seq_from = :seq_from;

-- task_leave(id, seq)
insert into task_left (project_id, item_id, seq_to, task_id, position)
select project_id, item_id, :seq, id, position from task where id = :id on conflict (project_id, item_id, seq_to) do nothing;

-- task_left_get(project_id, item_id, seq_to)
select task_id, position from task_left where project_id = :project_id and item_id = :item_id and seq_to = :seq_to;

-- task_past_get(id, seq_to)
select state, split_id, reason from task_past where task_id = :id and seq_to = :seq_to;

-- task_lease(id, user_id, until_us)
update task set lease_user_id = :user_id, lease_until_us = :until_us where id = :id;

-- task_next_own(project_id, user_id, after, now_us)
select t.id, t.project_id, t.item_id, t.position, t.state, t.split_id, t.reason, t.n_labels, t.lease_user_id, t.lease_until_us, t.seq_from from task t where t.project_id = :project_id and t.lease_user_id = :user_id and t.position > :after and t.state in (0, 1)
    and t.lease_until_us > :now_us order by t.position limit 1;

-- task_next_waiting(project_id, user_id, after, now_us)
select t.id, t.project_id, t.item_id, t.position, t.state, t.split_id, t.reason, t.n_labels, t.lease_user_id, t.lease_until_us, t.seq_from from task t where t.project_id = :project_id and t.state = 0 and t.position > :after
    and (t.lease_user_id is null or t.lease_user_id = :user_id or t.lease_until_us < :now_us) order by t.position limit 1;

-- task_next_started(project_id, user_id, after, now_us)
select t.id, t.project_id, t.item_id, t.position, t.state, t.split_id, t.reason, t.n_labels, t.lease_user_id, t.lease_until_us, t.seq_from from task t where t.project_id = :project_id and t.state = 1 and t.position > :after
    and (t.lease_user_id is null or t.lease_user_id = :user_id or t.lease_until_us < :now_us) order by t.position limit 1;

-- task_page(project_id, after, limit)
select t.id, t.project_id, t.item_id, t.position, t.state, t.split_id, t.reason, t.n_labels, t.lease_user_id, t.lease_until_us, t.seq_from, i.id, i.dataset_id, i.name, i.kind, i.media_type, i.width, i.height, i.orientation, i.location, i.missing, i.bytes, i.mtime_us, i.revision
from task t join item i on i.id = t.item_id where t.project_id = :project_id and t.position > :after order by t.position limit :limit;

-- task_page_back(project_id, after, limit)
select t.id, t.project_id, t.item_id, t.position, t.state, t.split_id, t.reason, t.n_labels, t.lease_user_id, t.lease_until_us, t.seq_from, i.id, i.dataset_id, i.name, i.kind, i.media_type, i.width, i.height, i.orientation, i.location, i.missing, i.bytes, i.mtime_us, i.revision
from task t join item i on i.id = t.item_id where t.project_id = :project_id and t.position < :after order by t.position desc limit :limit;

-- task_page_of_state(project_id, after, limit, state)
select t.id, t.project_id, t.item_id, t.position, t.state, t.split_id, t.reason, t.n_labels, t.lease_user_id, t.lease_until_us, t.seq_from, i.id, i.dataset_id, i.name, i.kind, i.media_type, i.width, i.height, i.orientation, i.location, i.missing, i.bytes, i.mtime_us, i.revision
from task t join item i on i.id = t.item_id where t.project_id = :project_id and t.state = :state and t.position > :after
order by t.position limit :limit;

-- task_page_of_state_back(project_id, after, limit, state)
select t.id, t.project_id, t.item_id, t.position, t.state, t.split_id, t.reason, t.n_labels, t.lease_user_id, t.lease_until_us, t.seq_from, i.id, i.dataset_id, i.name, i.kind, i.media_type, i.width, i.height, i.orientation, i.location, i.missing, i.bytes, i.mtime_us, i.revision
from task t join item i on i.id = t.item_id where t.project_id = :project_id and t.state = :state and t.position < :after
order by t.position desc limit :limit;

-- task_page_of_split(project_id, after, limit, split_id)
select t.id, t.project_id, t.item_id, t.position, t.state, t.split_id, t.reason, t.n_labels, t.lease_user_id, t.lease_until_us, t.seq_from, i.id, i.dataset_id, i.name, i.kind, i.media_type, i.width, i.height, i.orientation, i.location, i.missing, i.bytes, i.mtime_us, i.revision
from task t join item i on i.id = t.item_id where t.project_id = :project_id and t.split_id = :split_id and t.position > :after
order by t.position limit :limit;

-- task_page_of_split_back(project_id, after, limit, split_id)
select t.id, t.project_id, t.item_id, t.position, t.state, t.split_id, t.reason, t.n_labels, t.lease_user_id, t.lease_until_us, t.seq_from, i.id, i.dataset_id, i.name, i.kind, i.media_type, i.width, i.height, i.orientation, i.location, i.missing, i.bytes, i.mtime_us, i.revision
from task t join item i on i.id = t.item_id where t.project_id = :project_id and t.split_id = :split_id and t.position < :after
order by t.position desc limit :limit;

-- task_page_of_both(project_id, after, limit, state, split_id)
select t.id, t.project_id, t.item_id, t.position, t.state, t.split_id, t.reason, t.n_labels, t.lease_user_id, t.lease_until_us, t.seq_from, i.id, i.dataset_id, i.name, i.kind, i.media_type, i.width, i.height, i.orientation, i.location, i.missing, i.bytes, i.mtime_us, i.revision
from task t join item i on i.id = t.item_id where t.project_id = :project_id and t.split_id = :split_id and t.state = :state
    and t.position > :after order by t.position limit :limit;

-- task_page_of_both_back(project_id, after, limit, state, split_id)
select t.id, t.project_id, t.item_id, t.position, t.state, t.split_id, t.reason, t.n_labels, t.lease_user_id, t.lease_until_us, t.seq_from, i.id, i.dataset_id, i.name, i.kind, i.media_type, i.width, i.height, i.orientation, i.location, i.missing, i.bytes, i.mtime_us, i.revision
from task t join item i on i.id = t.item_id where t.project_id = :project_id and t.split_id = :split_id and t.state = :state
    and t.position < :after order by t.position desc limit :limit;

-- task_item_of_class(layer_id, class_id, low, high)
select id from label where class_id = :class_id and layer_id = :layer_id and id between :low and :high limit 1;

-- task_item_on_layer(project_id, layer_id, low, high)
select id from label where id between :low and :high and project_id = :project_id and layer_id = :layer_id limit 1;

-- task_next_labelled(project_id, layer_id, class_id, after)
select t.id, t.project_id, t.item_id, t.position, t.state, t.split_id, t.reason, t.n_labels, t.lease_user_id, t.lease_until_us, t.seq_from, i.id, i.dataset_id, i.name, i.kind, i.media_type, i.width, i.height, i.orientation, i.location, i.missing, i.bytes, i.mtime_us, i.revision
from task t join item i on i.id = t.item_id where t.project_id = :project_id
    and t.item_id = (select min(id) / 33554432 from label where class_id = :class_id and layer_id = :layer_id and id > :after);

-- task_last_labelled(project_id, layer_id, class_id, before)
select t.id, t.project_id, t.item_id, t.position, t.state, t.split_id, t.reason, t.n_labels, t.lease_user_id, t.lease_until_us, t.seq_from, i.id, i.dataset_id, i.name, i.kind, i.media_type, i.width, i.height, i.orientation, i.location, i.missing, i.bytes, i.mtime_us, i.revision
from task t join item i on i.id = t.item_id where t.project_id = :project_id
    and t.item_id = (select max(id) / 33554432 from label where class_id = :class_id and layer_id = :layer_id and id < :before);
