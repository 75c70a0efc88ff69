-- The class first, then the layer: both belong to one project, so it need not stand in the index. Most comparisons end at the first column.
drop index label_class;
create index label_class on label (class_id, layer_id<, id>);
