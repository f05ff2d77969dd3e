-- One number per metric, account, campaign and day, ratios included; owned by nobody yet.
with

known as (select * from {{ ref('int_kpi_values') }}),

metrics as (select * from {{ source('rules', 'metrics') }}),

-- A ratio is its two parts, divided last. Where one of them is not known there is no row: nothing was left out, nothing was measured.
ratios as (
    select
        metrics.metric, parts.account_id, parts.campaign, parts.day,
        case
            when below.value != 0
                then cast(round(coalesce(metrics.multiplier, 1) * parts.value::double / below.value::double, 6) as decimal(38, 6))
        end as value,
        case when parts.value is null or below.value is null then coalesce(parts.missing_reason, below.missing_reason)
            when below.value = 0 then 'no_denominator' end as missing_reason,
        greatest(parts.received_at, below.received_at) as received_at,
        case when parts.received_at >= below.received_at then parts.source_file else below.source_file end as source_file,
        parts.is_money, parts.value as numerator, below.value as denominator,
        parts.is_provisional or below.is_provisional as is_provisional
    from metrics
    inner join known as parts on metrics.numerator = parts.metric
    inner join known as below
        on
            metrics.denominator = below.metric and parts.account_id = below.account_id
            and parts.campaign = below.campaign and parts.day = below.day
    where metrics.aggregation = 'ratio'
),

everything as (
    select *
    from (
        select metric, account_id, campaign, day, value, missing_reason, received_at, source_file, is_money, numerator, denominator, is_provisional
        from known
        union all by name
        select * from ratios
    )
    -- a platform may state a ratio itself: its two parts go before, where both are known
    qualify row_number() over (partition by metric, account_id, campaign, day order by value is null, numerator is null) = 1
)

select
    everything.metric, metrics.class, everything.account_id, accounts.platform, accounts.brand, everything.campaign,
    cast(everything.day as date) as day,
    cast(everything.value as decimal(38, 6)) as value, metrics.unit,
    case when everything.is_money then run.currency end as currency,
    metrics.aggregation, everything.missing_reason,
    cast(everything.numerator as decimal(38, 6)) as numerator, cast(everything.denominator as decimal(38, 6)) as denominator,
    everything.is_provisional, everything.received_at, everything.source_file, metrics.definition_version
from everything
inner join metrics using (metric)
inner join {{ source('rules', 'accounts') }} as accounts using (account_id)
cross join {{ source('run', 'inputs') }} as run
where everything.day <= run.as_of
