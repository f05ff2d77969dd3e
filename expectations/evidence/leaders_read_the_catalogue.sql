-- What leaders read says of each metric what the catalogue says: its class, how it adds up, its unit, and which way is better.
with

said as (
    select 'scorecard' as table_name, metric, class, aggregation, unit, direction, count(*) as cells from scorecard
    group by all
    union all
    select 'scorecard_trees' as table_name, metric, class, aggregation, unit, direction, count(*) as cells from scorecard_trees
    group by all
    union all
    select 'metric_catalogue' as table_name, metric, class, aggregation, unit, direction, count(*) as cells from metric_catalogue
    group by all
)

select
    concat_ws(' ', said.table_name, said.metric) as subject, sum(said.cells) as checked,
    coalesce(sum(said.cells) filter (where not coalesce(
        said.class = metrics.class and said.aggregation = metrics.aggregation and said.unit = metrics.unit
        and said.direction = metrics.direction,
        false
    )), 0) as offences,
    concat_ws(
        ' ', 'it says', string_agg(distinct concat_ws(' ', said.class, said.aggregation, said.unit, said.direction), ' and ')
    ) as detail
from said
left join rule_metrics as metrics on said.metric = metrics.metric
group by said.table_name, said.metric
