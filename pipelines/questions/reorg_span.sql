-- The days that have numbers, and the last month that is complete in them (the running one where none is).
with

span as (select min(day) as first_day, max(day) as last_day from published.kpi_daily where value is not null),

months as (
    select *, cast(date_trunc('month', last_day + 1) - interval 1 month as date) as complete_month from span
)

select
    first_day, last_day,
    case when complete_month >= date_trunc('month', first_day) then complete_month
        else cast(date_trunc('month', last_day) as date) end as month_first,
    case when complete_month >= date_trunc('month', first_day) then last_day(complete_month) else last_day end as month_last
from months
