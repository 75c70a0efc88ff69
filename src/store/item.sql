-- dataset_find(name)
select id from dataset where name = :name;

-- dataset_get(id)
select id, name, root from dataset where id = :id;

-- dataset_insert(id, name, created_us)
insert into dataset (id, name, created_us) values (:id, :name, :created_us);

-- dataset_set_root(id, root)
update dataset set root = :root where id = :id and (root is null or root = :root);

-- item_insert(id, dataset_id, name, kind, media_type, width, height, orientation, location, bytes, mtime_us, sha256, metadata, source_id, added_us)
insert into item (id, dataset_id, name, kind, media_type, width, height, orientation, location, missing, bytes, mtime_us, sha256, revision, metadata,
    source_id, added_us)
values (:id, :dataset_id, :name, :kind, :media_type, :width, :height, :orientation, :location, 0, :bytes, :mtime_us, :sha256, 1, :metadata,
    :source_id, :added_us);

-- item_keep_revision(id, replaced_us)
insert into item_revision (item_id, revision, width, height, bytes, mtime_us, sha256, replaced_us)
select id, revision, width, height, bytes, mtime_us, sha256, :replaced_us from item where id = :id;

-- item_set_media(id, media_type, width, height, orientation, location, bytes, mtime_us, sha256, revision)
update item set media_type = :media_type, width = :width, height = :height, orientation = :orientation, location = :location, missing = 0,
    bytes = :bytes, mtime_us = :mtime_us, sha256 = :sha256, revision = :revision where id = :id;

-- item_set_name(id, name)
update item set name = :name where id = :id;

-- item_set_missing(id, missing)
update item set missing = :missing where id = :id;

-- item_set_hash(id, revision, sha256)
update item set sha256 = :sha256 where id = :id and revision = :revision;

-- item_set_details(id, metadata, source_id)
update item set metadata = coalesce(:metadata, metadata), source_id = coalesce(:source_id, source_id) where id = :id;

-- item_get(id)
select id, dataset_id, name, kind, media_type, width, height, orientation, location, missing, bytes, mtime_us, sha256, revision, metadata, source_id,
    added_us from item where id = :id;

-- item_find(dataset_id, name)
select id, dataset_id, name, kind, media_type, width, height, orientation, location, missing, bytes, mtime_us, sha256, revision, metadata, source_id,
    added_us from item where dataset_id = :dataset_id and name = :name;

-- item_find_source(dataset_id, source_id)
select id, dataset_id, name, kind, media_type, width, height, orientation, location, missing, bytes, mtime_us, sha256, revision, metadata, source_id,
    added_us from item where dataset_id = :dataset_id and source_id = :source_id order by id limit 2;

-- item_has_hash(sha256)
select id from item where sha256 = :sha256 limit 1;

-- item_find_hash(sha256, dataset_id)
select id, dataset_id, name, kind, media_type, width, height, orientation, location, missing, bytes, mtime_us, sha256, revision, metadata, source_id,
    added_us from item where sha256 = :sha256 and dataset_id = :dataset_id order by id limit 1;

-- item_find_in_project(project_id, name)
select i.id from project_dataset pd join item i on i.dataset_id = pd.dataset_id where pd.project_id = :project_id and i.name = :name;

-- item_list(dataset_id, after, limit)
select id, dataset_id, name, kind, media_type, width, height, orientation, location, missing, bytes, mtime_us, sha256, revision, metadata, source_id,
    added_us from item where dataset_id = :dataset_id and id > :after order by id limit :limit;

-- item_list_unhashed(after, limit)
select id, dataset_id, name, kind, media_type, width, height, orientation, location, missing, bytes, mtime_us, sha256, revision, metadata, source_id,
    added_us from item where id > :after and location = 2 and missing = 0 and sha256 is null order by id limit :limit;
