create table visits (
    shop_id  uuid not null constraint visits_shop_exists references shops on delete cascade,
    -- At the shop.
    day      date not null,
    -- A sketch, from which can be told how many there were, and of several days together, but not who.
    visitors bytea not null,
    -- Also answers: who came to this shop in these days? (And the foreign key.)
    primary key (shop_id, day)
);
