-- What a day's numbers come to, before they are shown to everybody who answers for them: profiles, departments and trees multiply these few
-- rows, and not each campaign's.
select
    metric, class, aggregation, unit, direction, grain, brand, day,
    max(currency) as currency,
    count(*) as n_rows, count(value) as n_known,
    sum(value) as total,
    -- a day of which only one part came would put its spend, say, over the exposures of other days
    sum(numerator) filter (where denominator is not null) as numerator,
    sum(denominator) filter (where numerator is not null) as denominator,
    count(value) filter (where denominator is null) as n_stated,
    bool_and(parts_add_up) as parts_add_up, max(multiplier) as multiplier,
    any_value(value) as only_value, min(missing_reason) as a_reason,
    bool_or(is_provisional) as is_provisional
from {{ ref('int_scorable') }}
group by all
