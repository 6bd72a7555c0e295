-- The prior weighs as much as the ratings of an average shop, within reason.
update rating_prior set mean = coalesce(rated.mean, 3.5), weight = greatest(5, least(50, coalesce(rated.per_shop, 10)))
from (select avg(rating)::double precision as mean, count(*)::double precision / nullif(count(distinct shop_id), 0) as per_shop
      from reviews where state = 'visible') as rated;
