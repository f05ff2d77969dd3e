-- The same estimate where there is nothing to find. Whatever stands out here is how often the method itself cries out.
select
    awareness_metric, outcome_metric, lag_days, method, association, low, high, n_days,
    low > 0 or high < 0 as stands_out,
    case
        when association is not null then null
        when metrics.aggregation = 'unique' and n_days = 0 then 'not_additive'
        when burst_size = 0 and n_days > 0 then 'no_variation'
        else 'not_enough_days'
    end as missing_reason
from {{ ref('int_bridge_lags') }} as lags
inner join {{ source('rules', 'metrics') }} as metrics on lags.awareness_metric = metrics.metric
where lags.method != 'association'
