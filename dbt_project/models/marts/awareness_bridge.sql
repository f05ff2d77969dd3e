-- Association, never addition: no number of this table enters a conversion, a credit or a total.
with

lags as (select * from {{ ref('int_bridge_lags') }}),

rules as (select 1 - value as tolerated from {{ source('rules', 'bridge_rules') }} where rule = 'confidence'),

-- The smallest of a pair's p-values, times the number of lags looked at.
pairs as (
    select
        method, awareness_metric, outcome_metric,
        least(1.0, min(p_value) * count(p_value)) as p_of_pair,
        bool_or(low > 0 or high < 0) as stands_out
    from lags
    group by method, awareness_metric, outcome_metric
),

-- Many pairs are looked at: Benjamini and Hochberg's step-up keeps the expected share of false finds among the finds at what is tolerated.
ranked as (
    select
        *,
        row_number() over (order by p_of_pair, awareness_metric, outcome_metric) as place,
        count(*) over () as pairs_looked_at
    from pairs
    where method = 'association' and p_of_pair is not null
),

found as (
    select
        ranked.awareness_metric, ranked.outcome_metric,
        ranked.place <= max(ranked.place) filter (
            where ranked.p_of_pair <= rules.tolerated * ranked.place / ranked.pairs_looked_at
        ) over () as is_found
    from ranked
    cross join rules
),

-- What awareness of the future seems to have brought about was brought about by something else.
foretold as (
    select awareness_metric, outcome_metric from pairs where method = 'placebo_future' and stands_out
)

select
    lags.awareness_metric, lags.outcome_metric, lags.lag_days, lags.association, lags.low, lags.high, lags.n_days,
    'local_projection_hc3' as method,
    lags.standard_error, lags.pointwise_low, lags.pointwise_high, lags.burst_size, lags.from_one_day,
    -- false, never null: what could not be estimated was not told apart either
    coalesce(lags.low > lags.from_one_day or lags.high < -lags.from_one_day, false)
    and coalesce(found.is_found, false) and foretold.awareness_metric is null as is_distinguishable,
    case
        when lags.association is not null then null
        -- people reached by two accounts may be the same people, so the company has no such series
        when metrics.aggregation = 'unique' and lags.n_days = 0 then 'not_additive'
        when lags.burst_size = 0 and lags.n_days > 0 then 'no_variation'
        else 'not_enough_days'
    end as missing_reason
from lags
inner join {{ source('rules', 'metrics') }} as metrics on lags.awareness_metric = metrics.metric
left join found on lags.awareness_metric = found.awareness_metric and lags.outcome_metric = found.outcome_metric
left join foretold on lags.awareness_metric = foretold.awareness_metric and lags.outcome_metric = foretold.outcome_metric
where lags.method = 'association'
