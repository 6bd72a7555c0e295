-- Names that have become too long are cut.
update users set nickname = left(nickname, 100) where char_length(nickname) > 100;
alter table users drop constraint users_nickname_is_short;
alter table users add constraint users_nickname_is_short check (char_length(nickname) between 1 and 100);
