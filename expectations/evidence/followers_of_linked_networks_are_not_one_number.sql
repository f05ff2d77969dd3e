-- Where a company has followers on two networks that count the same people, a total over both is too large by an unknown part.
select
    concat_ws(' and ', platform_a, platform_b) as subject, count(*) as checked, count(*) as offences,
    concat_ws(' ', 'together between', arg_max(at_least, day), 'and', arg_max(at_most, day), 'people on', max(day)) as detail
from follower_overlap
group by platform_a, platform_b
