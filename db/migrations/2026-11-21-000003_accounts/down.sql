drop table reports;

drop table login_codes;
create table login_codes (
    id         uuid primary key,
    email      text not null constraint login_codes_email_is_lower_case check (email = lower(email)),
    code_hash  bytea not null,
    attempts   smallint not null default 0 constraint login_codes_attempts_in_range check (attempts between 0 and 5),
    created_at timestamptz not null default now(),
    expires_at timestamptz not null,
    used_at    timestamptz
);
create index login_codes_newest_of_email on login_codes (email, id desc);

drop index sessions_live_of_user;
alter table sessions drop constraint sessions_device_is_short;

drop index credentials_newest_claim_of_email;
drop index credentials_one_confirmed_per_email;
alter table credentials drop constraint credentials_email_is_short;
-- Of several claims to an address, one can be kept.
delete from credentials as own using credentials as other
where other.email = own.email and other.user_id <> own.user_id
  and own.email_confirmed_at is null and (other.email_confirmed_at is not null or other.user_id > own.user_id);
alter table credentials add constraint credentials_email_is_unique unique (email);
alter table credentials drop column email_confirmed_at;
