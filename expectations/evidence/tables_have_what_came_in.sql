-- Records were accepted, so numbers must have come of them, or, of touches, who could be credited; and the catalogue and the departments
-- are never empty.
with

came as (
    select
        coalesce(sum(accepted) filter (where shape is distinct from 'touches'), 0) as numbers,
        coalesce(sum(accepted) filter (where shape = 'touches'), 0) as touches
    from files
    where status = 'accepted'
),

held as (
    select 'kpi_daily' as table_name, (select count(*) from kpi_daily) as held, (select numbers from came) as came
    union all
    select 'credit' as table_name, (select count(*) from credit) as held, (select touches from came) as came
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
