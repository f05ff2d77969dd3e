-- No row until the estimate exists: an association without its interval and its method would be a number nobody can question.
select
    cast(null as varchar) as awareness_metric, cast(null as varchar) as outcome_metric, cast(null as integer) as lag_days,
    cast(null as double) as association, cast(null as double) as low, cast(null as double) as high,
    cast(null as bigint) as n_days, cast(null as varchar) as method
where false
