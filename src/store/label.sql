-- The labels of an item lie together by id.

-- label_insert(id, project_id, layer_id, class_id, kind, seq_from, user_id, x, y, w, h, area, n_points, geometry, skeleton, attributes, confidence, group_id, track_id, frame, outside, source_id)
insert into label (id, project_id, layer_id, class_id, kind, seq_from, user_id, x, y, w, h, area, n_points, geometry, skeleton, attributes, confidence, group_id, track_id, frame, outside, source_id)
values (:id, :project_id, :layer_id, :class_id, :kind, :seq_from, :user_id, :x, :y, :w, :h, :area, :n_points, :geometry, :skeleton, :attributes, :confidence, :group_id, :track_id, :frame, :outside, :source_id);

-- label_keep(id, seq)
insert into label_past (id, project_id, layer_id, class_id, kind, seq_from, user_id, x, y, w, h, area, n_points, geometry, skeleton, attributes, confidence, group_id, track_id, frame, outside, source_id, seq_to)
select id, project_id, layer_id, class_id, kind, seq_from, user_id, x, y, w, h, area, n_points, geometry, skeleton, attributes, confidence, group_id, track_id, frame, outside, source_id, :seq from label where id = :id;

-- label_delete(id)
delete from label where id = :id;

-- label_keep_made(project_id, low, high, seq_from, seq)
insert into label_past (id, project_id, layer_id, class_id, kind, seq_from, user_id, x, y, w, h, area, n_points, geometry, skeleton, attributes, confidence, group_id, track_id, frame, outside, source_id, seq_to)
select id, project_id, layer_id, class_id, kind, seq_from, user_id, x, y, w, h, area, n_points, geometry, skeleton, attributes, confidence, group_id, track_id, frame, outside, source_id, :seq from label
where id between :low and :high and project_id = :project_id and seq_from = :seq_from;

-- label_delete_made(project_id, low, high, seq_from)
delete from label where id between :low and :high and project_id = :project_id and seq_from = :seq_from;

-- label_max_id(low, high)
select coalesce((select max(id) from label where id between :low and :high), 0),
    coalesce((select max(id) from label_past where id between :low and :high), 0);

-- label_get(id)
select id, project_id, layer_id, class_id, kind, seq_from, user_id, x, y, w, h, area, n_points, geometry, skeleton, attributes, confidence, group_id, track_id, frame, outside, source_id from label where id = :id;

-- label_rows(project_id, low, high)
select id, project_id, layer_id, class_id, kind, seq_from, user_id, x, y, w, h, area, n_points, geometry, skeleton, attributes, confidence, group_id, track_id, frame, outside, source_id from label where id between :low and :high and project_id = :project_id order by id;

-- label_ended_by(project_id, low, high, seq)
select id, project_id, layer_id, class_id, kind, seq_from, user_id, x, y, w, h, area, n_points, geometry, skeleton, attributes, confidence, group_id, track_id, frame, outside, source_id from label_past where id between :low and :high and project_id = :project_id and seq_to = :seq order by id;

-- label_past_rows(project_id, low, high)
select id, project_id, layer_id, class_id, kind, seq_from, user_id, x, y, w, h, area, n_points, geometry, skeleton, attributes, confidence, group_id, track_id, frame, outside, source_id from label_past where id between :low and :high and project_id = :project_id order by id, seq_from desc;

-- label_corrected_rows(project_id, low, high)
select id, project_id, layer_id, class_id, kind, seq_from, user_id, x, y, w, h, area, n_points, geometry, skeleton, attributes, confidence, group_id, track_id, frame, outside, source_id from label_past where id between :low and :high and project_id = :project_id
    and not exists (select 1 from commit_log c where c.project_id = label_past.project_id and c.seq = label_past.seq_to and c.kind = 'undo')
order by id, seq_from desc;

-- track_insert(id, project_id, layer_id, class_id, seq_from, user_id, attributes)
insert into track (id, project_id, layer_id, class_id, seq_from, user_id, attributes)
values (:id, :project_id, :layer_id, :class_id, :seq_from, :user_id, :attributes);

-- track_keep(id, seq)
insert into track_past (id, project_id, layer_id, class_id, seq_from, user_id, attributes, seq_to)
select id, project_id, layer_id, class_id, seq_from, user_id, attributes, :seq from track where id = :id;

-- track_delete(id)
delete from track where id = :id;

-- track_max_id(low, high)
select coalesce((select max(id) from track where id between :low and :high), 0),
    coalesce((select max(id) from track_past where id between :low and :high), 0);

-- track_get(id)
select id, project_id, layer_id, class_id, seq_from, user_id, attributes from track where id = :id;

-- track_rows(project_id, low, high)
select id, project_id, layer_id, class_id, seq_from, user_id, attributes from track
where id between :low and :high and project_id = :project_id order by id;

-- label_attributes_of_class(project_id, class_id)
select l.attributes from layer y cross join label l
where l.class_id = :class_id and l.layer_id = y.id and y.project_id = :project_id and l.attributes is not null;

-- label_made_and_ended(project_id, low, high, seq)
select id, seq_to from label_past where id between :low and :high and project_id = :project_id and seq_from = :seq;
