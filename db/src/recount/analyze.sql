-- What was loaded a moment ago has no statistics yet, without which the plans below, and those of the first requests, are bad.
analyze users, follows, reviews, comments, likes;
