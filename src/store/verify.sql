-- verify_label_orphans()
select l.id, l.project_id from label l left join task t on t.project_id = l.project_id and t.item_id = l.id / 33554432 where t.id is null;

-- verify_label_classes()
select l.id, l.class_id from label l left join (select distinct id from ontology_class) c on c.id = l.class_id where c.id is null;

-- verify_label_layers()
select l.id, l.layer_id from label l left join layer y on y.id = l.layer_id and y.project_id = l.project_id where y.id is null;

-- verify_label_users()
select l.id, l.user_id from label l left join user_account u on u.id = l.user_id where u.id is null;

-- verify_label_tracks()
select l.id, l.track_id from label l left join track t on t.id = l.track_id where l.track_id is not null and t.id is null;

-- verify_label_future()
select l.id, l.seq_from from label l join project p on p.id = l.project_id where l.seq_from > p.seq;

-- verify_past_lifetimes()
select id, seq_from from label_past where seq_to <= seq_from;

-- verify_past_overlaps()
select p.id, p.seq_to from label_past p join label l on l.id = p.id where p.seq_to > l.seq_from;

-- verify_past_past_overlaps()
select a.id, a.seq_from from label_past a join label_past b on b.id = a.id and b.seq_from > a.seq_from where a.seq_to > b.seq_from;

-- verify_item_datasets()
select i.id, i.dataset_id from item i left join dataset d on d.id = i.dataset_id where d.id is null;

-- verify_item_ids()
select max(i.id), c.next from id_counter c join item i on i.id >= c.next where c.name = 'item' group by c.next;

-- verify_task_ids()
select max(t.id), c.next from id_counter c join task t on t.id >= c.next where c.name = 'task' group by c.next;

-- verify_task_items()
select t.id, t.item_id from task t left join item i on i.id = t.item_id where i.id is null;

-- verify_log_gaps()
select p.id, p.seq from project p where p.seq <> (select count(*) from commit_log c where c.project_id = p.id)
    or p.seq <> coalesce((select max(seq) from commit_log c where c.project_id = p.id), 0);

-- verify_task_labels()
select t.id, t.n_labels from task t join layer y on y.project_id = t.project_id and y.name = 'truth'
where t.n_labels <> (select count(*) from label l where l.id between t.item_id * 33554432 and t.item_id * 33554432 + 33554431
    and l.project_id = t.project_id and l.layer_id = y.id);

-- verify_count_classes()
select coalesce(a.project_id, b.project_id), coalesce(a.n, 0) - coalesce(b.n, 0) from
    (select y.project_id, l.layer_id, l.class_id, count(*) as n from label l join layer y on y.id = l.layer_id
        group by l.class_id, l.layer_id, y.project_id) a
    left join counter b on b.project_id = a.project_id and b.what = 1 and b.a = a.layer_id and b.b = a.class_id
where a.n <> coalesce(b.n, 0);

-- verify_count_kinds()
select a.project_id, a.n from (select project_id, layer_id, kind, count(*) as n from label group by project_id, layer_id, kind) a
    left join counter b on b.project_id = a.project_id and b.what = 2 and b.a = a.layer_id and b.b = a.kind
where a.n <> coalesce(b.n, 0);

-- verify_count_users()
select a.project_id, a.n from (select project_id, user_id, count(*) as n from label group by project_id, user_id) a
    left join counter b on b.project_id = a.project_id and b.what = 3 and b.a = a.user_id and b.b = 0
where a.n <> coalesce(b.n, 0);

-- verify_count_states()
select a.project_id, a.n from (select project_id, state, count(*) as n from task group by project_id, state) a
    left join counter b on b.project_id = a.project_id and b.what = 4 and b.a = a.state and b.b = 0
where a.n <> coalesce(b.n, 0);

-- verify_count_splits()
select a.project_id, a.n from
    (select project_id, coalesce(split_id, 0) as split_id, state, count(*) as n from task group by project_id, coalesce(split_id, 0), state) a
    left join counter b on b.project_id = a.project_id and b.what = 5 and b.a = a.split_id and b.b = a.state
where a.n <> coalesce(b.n, 0);

-- verify_count_traits()
select a.project_id, a.n from
    (select project_id, layer_id, trait, count(*) as n from
        (select project_id, layer_id, 1 as trait from label where attributes is not null
        union all select project_id, layer_id, 2 from label where confidence is not null
        union all select project_id, layer_id, 4 from label where track_id is not null
        union all select project_id, layer_id, 5 from label where group_id is not null) t
    group by project_id, layer_id, trait) a
    left join counter b on b.project_id = a.project_id and b.what = 6 and b.a = a.layer_id and b.b = a.trait
where a.n <> coalesce(b.n, 0);

-- verify_count_trait_sums()
select c.project_id, sum(c.n) from counter c where c.what = 6 and c.b in (1, 2, 4, 5) group by c.project_id
having sum(c.n) <> (select count(attributes) + count(confidence) + count(track_id) + count(group_id) from label l where l.project_id = c.project_id);

-- verify_count_sums()
select c.project_id, sum(c.n) from counter c where c.what in (1, 2, 3) group by c.project_id, c.what
having sum(c.n) <> (select count(*) from label l where l.project_id = c.project_id);

-- verify_count_task_sums()
select c.project_id, sum(c.n) from counter c where c.what in (4, 5) group by c.project_id, c.what
having sum(c.n) <> (select count(*) from task t where t.project_id = c.project_id);

-- verify_last_item()
select coalesce(max(id), 0) from item;

-- verify_blobs(after, limit)
select id, sha256 from item where location = 1 and id > :after order by id limit :limit;
