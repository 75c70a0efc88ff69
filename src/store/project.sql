-- project_insert(id, name, ontology_id, dataset_id, created_us)
insert into project (id, name, ontology_id, dataset_id, seq, next_position, created_us, archived)
values (:id, :name, :ontology_id, :dataset_id, 0, 1, :created_us, 0);

-- project_get(id)
select p.id, p.name, p.ontology_id, p.dataset_id, p.seq, o.version, p.created_us, p.archived, p.removed_us
from project p join ontology o on o.id = p.ontology_id where p.id = :id;

-- project_find(name)
select p.id, p.name, p.ontology_id, p.dataset_id, p.seq, o.version, p.created_us, p.archived, p.removed_us
from project p join ontology o on o.id = p.ontology_id where p.name = :name and p.removed_us is null;

-- project_list(after, limit)
select p.id, p.name, p.ontology_id, p.dataset_id, p.seq, o.version, p.created_us, p.archived, p.removed_us
from project p join ontology o on o.id = p.ontology_id where p.id > :after and p.removed_us is null order by p.id limit :limit;

-- project_list_removed(after, limit)
select p.id, p.name, p.ontology_id, p.dataset_id, p.seq, o.version, p.created_us, p.archived, p.removed_us
from project p join ontology o on o.id = p.ontology_id where p.id > :after and p.removed_us is not null order by p.id limit :limit;

-- project_rename(id, name)
update project set name = :name where id = :id;

-- project_archive(id, archived)
update project set archived = :archived where id = :id;

-- project_set_removed(id, removed_us)
update project set removed_us = :removed_us where id = :id;

-- project_next_seq(id)
update project set seq = seq + 1 where id = :id returning seq;

-- project_set_seq(id, seq)
update project set seq = :seq where id = :id;

-- project_take_positions(id, n)
update project set next_position = next_position + :n where id = :id returning next_position - :n;

-- project_ontology_put(project_id, seq_from, version)
insert into project_ontology (project_id, seq_from, version) values (:project_id, :seq_from, :version)
on conflict (project_id, seq_from) do update set version = excluded.version;

-- project_dataset_put(project_id, dataset_id)
insert into project_dataset (project_id, dataset_id) values (:project_id, :dataset_id)
on conflict (project_id, dataset_id) do nothing;

-- project_datasets(project_id)
select d.id, d.name, d.root from project_dataset pd join dataset d on d.id = pd.dataset_id where pd.project_id = :project_id order by d.id;

-- layer_list(project_id)
select id, name from layer where project_id = :project_id order by id;

-- layer_find(project_id, name)
select id from layer where project_id = :project_id and name = :name;

-- layer_insert(id, project_id, name)
insert into layer (id, project_id, name) values (:id, :project_id, :name);

-- split_find(name)
select id from split where name = :name;

-- split_insert(id, name)
insert into split (id, name) values (:id, :name);

-- split_list()
select id, name from split order by id;

-- ontology_projects(ontology_id)
select id from project where ontology_id = :ontology_id order by id;

-- project_is_settled(project_id)
select 1 from commit_log c left join job j on j.id = c.job_id
where c.project_id = :project_id and (c.job_id is null or j.kind <> 'import' or j.state = 2) order by c.seq limit 1;

-- project_delete(id)
delete from project where id = :id and seq = 0;

-- project_delete_datasets(project_id)
delete from dataset where id in (select dataset_id from project_dataset where project_id = :project_id)
    and not exists (select 1 from item i where i.dataset_id = dataset.id)
    and not exists (select 1 from project_dataset o where o.dataset_id = dataset.id and o.project_id <> :project_id);

-- project_delete_uses(project_id)
delete from project_dataset where project_id = :project_id;

-- project_delete_versions(project_id)
delete from project_ontology where project_id = :project_id;

-- project_delete_layers(project_id)
delete from layer where project_id = :project_id;

-- project_delete_jobs(project_id)
update job set project_id = null where project_id = :project_id;

-- ontology_delete(id)
delete from ontology where id = :id;

-- ontology_delete_versions(id)
delete from ontology_version where ontology_id = :id;

-- ontology_delete_classes(id)
delete from ontology_class where ontology_id = :id;
