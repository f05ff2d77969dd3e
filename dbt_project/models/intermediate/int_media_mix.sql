-- Exposure, spend and outcome by day in the parts that media-mix models speak of. A channel is the platform that was paid.
with

parts as (select * from {{ source('rules', 'mix_metrics') }}),

numbers as (
    select
        kpi.day, parts.part, kpi.value, kpi.missing_reason, not coalesce(kpi.is_provisional, false) as is_final,
        -- names become column names in other people's tools
        case
            when parts.part in ('media', 'media_spend')
                then coalesce(nullif(trim(regexp_replace(lower(kpi.platform), '[^a-z0-9]+', '_', 'g'), '_'), ''), 'paid')
            when parts.part = 'organic_media' then kpi.metric
            else parts.part
        end as channel
    from {{ ref('int_kpi') }} as kpi
    inner join parts on kpi.metric = parts.metric
    where kpi.aggregation = 'additive'
),

-- a day on which one account is silent is missing: a sum of the others would read as less exposure
days as (
    select
        day, part, channel, case when count(*) = count(value) and bool_and(is_final) then sum(value) end as value,
        coalesce(min(missing_reason) filter (where value is null), if(not bool_and(is_final), 'provisional', null)) as missing_reason
    from numbers
    group by day, part, channel
),

sold as (
    select
        kpi.day,
        -- of the month: a day without a sale has no revenue per sale, and the tools take no gaps here. Of the days that know both: sales whose
        -- money has no exchange rate would read as sales for nothing
        cast(round(
            (sum(earned.value) filter (where kpi.value is not null) over months)::double
            / nullif((sum(kpi.value) filter (where earned.value is not null) over months)::double, 0), 6
        ) as decimal(38, 6)) as value
    from days as kpi
    inner join days as earned on kpi.day = earned.day and earned.part = 'money'
    where kpi.part = 'kpi'
    window months as (partition by date_trunc('month', kpi.day))
)

select
    day, part, channel,
    channel || case part
        when 'media' then '_impression'
        when 'media_spend' then '_spend'
        when 'organic_media' then '_organic'
        else ''
    end as variable,
    value, missing_reason
from days
where part != 'money'
union all
select day, 'revenue_per_kpi', 'revenue_per_kpi', 'revenue_per_kpi', value, null from sold
