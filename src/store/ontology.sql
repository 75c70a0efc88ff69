-- ontology_insert(id, name)
insert into ontology (id, name, version) values (:id, :name, 1);

-- ontology_get(id)
select version from ontology where id = :id;

-- ontology_set_version(id, version)
update ontology set version = :version where id = :id;

-- ontology_version_insert(ontology_id, version, user_id, created_us)
insert into ontology_version (ontology_id, version, user_id, created_us) values (:ontology_id, :version, :user_id, :created_us);

-- ontology_classes(ontology_id, version)
select id, name, parent_id, key, color, kinds, export_index, skeleton, position from ontology_class
where ontology_id = :ontology_id and version_from <= :version and (version_to is null or version_to > :version) order by position;

-- ontology_attributes(ontology_id, version)
select id, class_id, name, type, required, conditions, position from ontology_attribute
where ontology_id = :ontology_id and version_from <= :version and (version_to is null or version_to > :version) order by position;

-- ontology_options(ontology_id, version)
select id, attribute_id, name, position from ontology_option
where ontology_id = :ontology_id and version_from <= :version and (version_to is null or version_to > :version) order by attribute_id, position;

-- ontology_highest_index(ontology_id)
select max(export_index) from ontology_class where ontology_id = :ontology_id;

-- class_insert(id, version_from, ontology_id, position, name, parent_id, key, color, kinds, export_index, skeleton)
insert into ontology_class (id, version_from, ontology_id, position, name, parent_id, key, color, kinds, export_index, skeleton)
values (:id, :version_from, :ontology_id, :position, :name, :parent_id, :key, :color, :kinds, :export_index, :skeleton);

-- class_close(id, version)
update ontology_class set version_to = :version where id = :id and version_to is null;

-- attribute_insert(id, version_from, ontology_id, class_id, position, name, type, required, conditions)
insert into ontology_attribute (id, version_from, ontology_id, class_id, position, name, type, required, conditions)
values (:id, :version_from, :ontology_id, :class_id, :position, :name, :type, :required, :conditions);

-- attribute_close(id, version)
update ontology_attribute set version_to = :version where id = :id and version_to is null;

-- option_insert(id, version_from, ontology_id, attribute_id, position, name)
insert into ontology_option (id, version_from, ontology_id, attribute_id, position, name)
values (:id, :version_from, :ontology_id, :attribute_id, :position, :name);

-- option_close(id, version)
update ontology_option set version_to = :version where id = :id and version_to is null;
