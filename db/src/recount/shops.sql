update shops
set rating_1 = n1::integer, rating_2 = n2::integer, rating_3 = n3::integer, rating_4 = n4::integer, rating_5 = n5::integer,
    rating_score = bayesian_mean(n1::integer, n2::integer, n3::integer, n4::integer, n5::integer)
from (select shops.id,
             count(*) filter (where rating = 1) as n1, count(*) filter (where rating = 2) as n2,
             count(*) filter (where rating = 3) as n3, count(*) filter (where rating = 4) as n4,
             count(*) filter (where rating = 5) as n5
      from shops left join reviews on shop_id = shops.id and state = 'visible' group by shops.id) as counted
where shops.id = counted.id
  and (rating_1, rating_2, rating_3, rating_4, rating_5, rating_score)
   is distinct from (n1, n2, n3, n4, n5, bayesian_mean(n1::integer, n2::integer, n3::integer, n4::integer, n5::integer))
returning shops.id
