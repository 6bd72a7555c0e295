-- Thirty characters, as people count: an emoji of a family is one to them, and seven code points to us.
alter table users drop constraint users_nickname_is_short;
alter table users add constraint users_nickname_is_short check (char_length(nickname) between 1 and 240);
