-- savepoint()
savepoint one_write;

-- savepoint_release()
release savepoint one_write;

-- savepoint_rollback()
rollback to savepoint one_write;

-- id_take(name, n)
insert into id_counter (name, next) values (:name, 1 + :n)
on conflict (name) do update set next = id_counter.next + :n
returning next - :n;

-- meta_get(key)
select value from store_meta where key = :key;

-- meta_put(key, value)
insert into store_meta (key, value) values (:key, :value)
on conflict (key) do update set value = excluded.value;
