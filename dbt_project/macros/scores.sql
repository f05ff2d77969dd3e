{# One number for a period, only where one is true: the legal ways of adding up, stated once for every table that shows periods.

   facts    a model with one row per scope, entity, metric, account, campaign and day, as int_scorable describes the numbers
   days     a model with the same numbers as int_day_totals describes them, in the same scope, of the same entities
   scope    the columns within which an account is counted once (a profile, a tree)
   entity   the columns of whom the number is shown for: a department, a brand, the company #}
{% macro scores(facts, days, scope, entity) -%}
{% set of = (scope + entity) | join(', ') -%}
{% set series = (scope + ['metric', 'account_id', 'campaign', 'period_kind', 'period_start']) | join(', ') -%}
with

stock_facts as (select * from {{ facts }} where aggregation = 'stock'),

days as (select * from {{ days }}),

periods as (
    {% for kind in period_kinds() %}
    select '{{ kind }}' as period_kind, day, cast(date_trunc('{{ kind }}', day) as date) as period_start
    from (select distinct day from days)
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

-- The last known stock of each account, and whether it was still this entity's then.
stocks as (
    select
        {{ of }}, metric, account_id, campaign, period_kind, period_start,
        arg_max(value, day) filter (where value is not null) as last_value,
        max(day) filter (where value is not null) as last_known_day
    from ({{ dated('stock_facts') }}) as dated_stocks
    group by all
),

stock_series as (
    select *, max(last_known_day) over (partition by {{ series }}) as series_last_known_day from stocks
),

stock_totals as (
    select
        {{ of }}, metric, period_kind, period_start,
        case
            when period_kind = 'day' and count(last_value) < count(*) then null
            else sum(last_value) filter (where last_known_day = series_last_known_day)
        end as stock,
        count(last_value) as stocks_known
    from stock_series
    group by {{ of }}, metric, period_kind, period_start
),

-- Days are counted as rows, so those of all brands come together first.
daily as (
    select
        {{ of }}, metric, class, aggregation, unit, direction, grain, day,
        max(currency) as currency,
        sum(n_rows) as n_rows, sum(n_known) as n_known,
        sum(total) as total, sum(numerator) as numerator, sum(denominator) as denominator, sum(n_stated) as n_stated,
        bool_and(parts_add_up) as parts_add_up, max(multiplier) as multiplier,
        any_value(only_value) as only_value, min(a_reason) as a_reason,
        bool_or(is_provisional) as is_provisional
    from days
    group by all
),

grouped as (
    select
        {{ of }}, metric, class, aggregation, unit, direction, period_kind, period_start, grain,
        max(currency) as currency,
        sum(n_rows) as n_rows, sum(n_known) as n_known,
        count(*) as n_days, count(*) filter (where n_known < n_rows) as n_days_missing,
        sum(total) as total, sum(numerator) as numerator, sum(denominator) as denominator, sum(n_stated) as n_stated,
        bool_and(parts_add_up) as parts_add_up, max(multiplier) as multiplier,
        any_value(only_value) as only_value, min(a_reason) as a_reason,
        bool_or(is_provisional) as is_provisional
    from ({{ dated('daily') }}) as dated_days
    group by all
),

-- One row may speak for its period when the metric's grain is that period; anything else would be a sum that nobody can take.
scored as (
    select
        grouped.*,
        case
            when aggregation = 'additive' then total
            when aggregation = 'stock' then stock
            -- a ratio that a platform states without its parts stands alone or not at all
            when aggregation = 'ratio' and parts_add_up and n_stated = 0 and denominator > 0
                then cast(round(coalesce(multiplier, 1) * numerator::double / denominator::double, 6) as decimal(38, 6))
            when aggregation = 'ratio' and parts_add_up and n_stated = 0 then null
            when n_rows = 1 and (period_kind = 'day' or (grain like '%month%' and period_kind = 'month')) then only_value
        end as value,
        case
            when aggregation = 'stock' and stocks_known > 0 and stock is null and period_kind != 'day' then 'owner_changed'
            when n_known = 0 then a_reason
            when aggregation = 'ratio' and parts_add_up and n_stated = 0 then 'no_denominator'
            when aggregation = 'stock' then 'not_reported'
            else 'not_additive'
        end as reason_if_null
    from grouped
    left join stock_totals using ({{ of }}, metric, period_kind, period_start)
)

select
    {{ of }}, metric, class, aggregation, unit, direction, currency, period_kind, period_start,
    cast(value as decimal(38, 6)) as value,
    case when value is null then reason_if_null end as missing_reason,
    n_days, n_days_missing, is_provisional
from scored
{%- endmacro %}

{# Rows that have a day, once for each kind of period that their grain may speak of. #}
{% macro dated(rows) -%}
select {{ rows }}.*, periods.period_kind, periods.period_start
from {{ rows }}
inner join periods using (day)
-- a number of a month says nothing of a day or a week, one of a week nothing of a day
where
    not ({{ rows }}.grain like '%month%' and periods.period_kind in ('day', 'week'))
    and not ({{ rows }}.grain like '%week%' and periods.period_kind = 'day')
{%- endmacro %}
