-- Records were accepted, so numbers must have come of them; and the catalogue and the departments are never empty.
with

came as (
    select coalesce(sum(accepted), 0) as accepted from files
    where status = 'accepted'
),

held as (
    select 'kpi_daily' as table_name, (select count(*) from kpi_daily) as held, (select accepted from came) as came
    union all
    select
        'owned_kpi_daily' as table_name, (select count(*) from owned_kpi_daily) as held, (select count(*) from kpi_daily) as came
    union all
    select 'scorecard' as table_name, (select count(*) from scorecard) as held, (select count(*) from kpi_daily) as came
    union all
    select
        'metric_catalogue' as table_name,
        (select count(*) from metric_catalogue) as held,
        (select count(*) from rule_metrics) as came
    union all
    select
        'departments' as table_name, (select count(*) from departments) as held, (select count(*) from rule_departments) as came
    union all
    select 'ownership' as table_name, (select count(*) from ownership) as held, (select count(*) from rule_ownership) as came
)

select table_name, held, came, case when came > 0 and held = 0 then 1 else 0 end as lost from held
