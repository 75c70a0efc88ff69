-- replay_get(caller, key)
select status, answer from idempotency where caller = :caller and key = :key;

-- replay_put(caller, key, status, answer, created_us)
insert into idempotency (caller, key, status, answer, created_us) values (:caller, :key, :status, :answer, :created_us);

-- replay_purge(before_us, limit)
delete from idempotency where (caller, key) in (select caller, key from idempotency where created_us < :before_us order by created_us limit :limit);
