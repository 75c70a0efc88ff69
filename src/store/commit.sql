-- commit_insert(project_id, seq, user_id, at_us, kind, reason, job_id, added, changed, removed)
insert into commit_log (project_id, seq, user_id, at_us, kind, reason, job_id, added, changed, removed)
values (:project_id, :seq, :user_id, :at_us, :kind, :reason, :job_id, :added, :changed, :removed);

-- commit_item_insert(project_id, seq, item_id)
insert into commit_item (project_id, seq, item_id) values (:project_id, :seq, :item_id) on conflict (project_id, seq, item_id) do nothing;

-- commit_list(project_id, before, limit)
select seq, user_id, at_us, kind, reason, job_id, added, changed, removed from commit_log
where project_id = :project_id and seq < :before order by seq desc limit :limit;

-- commit_feed(project_id, after, limit)
select seq, user_id, at_us, kind, reason, job_id, added, changed, removed from commit_log
where project_id = :project_id and seq > :after order by seq limit :limit;

-- commit_items(project_id, seq)
select item_id from commit_item where project_id = :project_id and seq = :seq order by item_id;

-- commit_items_since(project_id, since, limit)
select item_id from commit_item where project_id = :project_id and seq > :since order by seq limit :limit;

-- commit_of_job(project_id, job_id)
select seq from commit_log where job_id = :job_id and project_id = :project_id order by seq;
