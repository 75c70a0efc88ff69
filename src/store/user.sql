-- user_insert(id, name, role, created_us)
insert into user_account (id, name, role, settings, created_us) values (:id, :name, :role, '{}', :created_us);

-- user_get(id)
select id, name, role, settings, created_us, removed_us from user_account where id = :id;

-- user_find(name)
select id, name, role, settings, created_us from user_account where name = :name and removed_us is null;

-- user_list(after, limit)
select id, name, role, settings, created_us from user_account
where id > :after and role > 0 and removed_us is null order by id limit :limit;

-- user_set_role(id, role)
update user_account set role = :role where id = :id and removed_us is null;

-- user_set_settings(id, settings)
update user_account set settings = :settings where id = :id;

-- user_remove(id, removed_us)
update user_account set removed_us = :removed_us where id = :id and removed_us is null;

-- user_count_owners()
select count(*) from user_account where role = 2 and removed_us is null;

-- link_insert(secret_hash, user_id, expires_us)
insert into sign_in_link (secret_hash, user_id, expires_us) values (:secret_hash, :user_id, :expires_us);

-- link_use(secret_hash, now_us)
update sign_in_link set used_us = :now_us where secret_hash = :secret_hash and used_us is null and expires_us > :now_us
returning user_id;

-- link_remove_old(before_us)
delete from sign_in_link where expires_us < :before_us;

-- session_insert(token_hash, user_id, now_us, expires_us)
insert into session (token_hash, user_id, created_us, expires_us) values (:token_hash, :user_id, :now_us, :expires_us);

-- session_get(token_hash, now_us)
select u.id, u.role, s.expires_us, 0 from session s join user_account u on u.id = s.user_id
where s.token_hash = :token_hash and s.expires_us > :now_us and u.removed_us is null;

-- session_extend(token_hash, expires_us)
update session set expires_us = :expires_us where token_hash = :token_hash;

-- session_remove(token_hash)
delete from session where token_hash = :token_hash;

-- session_remove_of_user(user_id)
delete from session where user_id = :user_id;

-- session_remove_old(now_us)
delete from session where expires_us <= :now_us;

-- token_insert(id, user_id, name, token_hash, created_us, expires_us)
insert into api_token (id, user_id, name, token_hash, created_us, expires_us)
values (:id, :user_id, :name, :token_hash, :created_us, :expires_us);

-- token_revoke(id, user_id, now_us)
update api_token set revoked_us = :now_us where id = :id and revoked_us is null and (:user_id = 0 or user_id = :user_id);

-- token_revoke_of_user(user_id, now_us)
update api_token set revoked_us = :now_us where user_id = :user_id and revoked_us is null;

-- token_list(user_id, after, limit)
select t.id, t.user_id, t.name, u.name, t.created_us, t.expires_us from api_token t join user_account u on u.id = t.user_id
where t.id > :after and t.revoked_us is null and (:user_id = 0 or t.user_id = :user_id) order by t.id limit :limit;

-- token_get(token_hash, now_us)
select u.id, u.role, t.expires_us, t.id from api_token t join user_account u on u.id = t.user_id
where t.token_hash = :token_hash and t.revoked_us is null and (t.expires_us is null or t.expires_us > :now_us) and u.removed_us is null;
