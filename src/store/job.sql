-- job_insert(id, project_id, kind, params, user_id, created_us)
insert into job (id, project_id, kind, state, params, done, total, user_id, created_us)
values (:id, :project_id, :kind, 0, :params, 0, 0, :user_id, :created_us);

-- job_start(id, now_us)
update job set state = 1, started_us = :now_us where id = :id and state = 0;

-- job_set_progress(id, done, total, message)
update job set done = :done, total = :total, message = :message where id = :id and state = 1;

-- job_set_project(id, project_id)
update job set project_id = :project_id where id = :id and project_id is null;

-- job_end(id, state, report, error, now_us)
update job set state = :state, report = :report, error = :error, ended_us = :now_us where id = :id and state in (0, 1);

-- job_fill(id)
update job set done = total where id = :id and state = 2;

-- job_cancel(id, now_us)
update job set state = 4, ended_us = :now_us where id = :id and state = 0;

-- job_requeue()
update job set state = 0, started_us = null where state = 1;

-- job_get(id)
select id, project_id, kind, state, params, done, total, message, report, error, user_id, created_us, started_us, ended_us from job where id = :id;

-- job_list(project_id, state, before, limit)
select id, project_id, kind, state, params, done, total, message, report, error, user_id, created_us, started_us, ended_us from job
where id < :before and (:project_id = 0 or project_id = :project_id) and (:state < 0 or state = :state) order by id desc limit :limit;

-- job_next_writing()
select id, project_id, kind, state, params, done, total, message, report, error, user_id, created_us, started_us, ended_us from job
where state = 0 and kind in ('import', 'demo') order by id limit 1;

-- job_next_reading()
select id, project_id, kind, state, params, done, total, message, report, error, user_id, created_us, started_us, ended_us from job
where state = 0 and kind not in ('import', 'demo') order by id limit 1;
