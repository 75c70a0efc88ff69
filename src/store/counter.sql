-- counter_add(project_id, what, a, b, n)
insert into counter (project_id, what, a, b, n) values (:project_id, :what, :a, :b, :n)
on conflict (project_id, what, a, b) do update set n = counter.n + excluded.n;

-- counter_list(project_id, what)
select a, b, n from counter where project_id = :project_id and what = :what and n <> 0 order by a, b;

-- counter_get(project_id, what, a, b)
select n from counter where project_id = :project_id and what = :what and a = :a and b = :b;
