-- Whoever a department reports to, and whoever they report to, answers for it too, as long as that is so.
-- A chain longer than twenty is a circle; the loader refuses circles, and this one must end all the same.
with recursive

departments as (
    select
        profile, department, reports_to,
        coalesce(valid_from, date '0001-01-01') as valid_from, coalesce(valid_to, date '9999-12-31') as valid_to
    from {{ source('rules', 'departments') }}
),

climbed as (
    select profile, department, department as node, valid_from, valid_to, 0 as steps from departments
    union all
    select
        climbed.profile, climbed.department, departments.reports_to,
        greatest(climbed.valid_from, departments.valid_from), least(climbed.valid_to, departments.valid_to), climbed.steps + 1
    from climbed
    inner join departments on climbed.profile = departments.profile and climbed.node = departments.department
    where
        departments.reports_to is not null and climbed.steps < 20
        and climbed.valid_from < departments.valid_to and departments.valid_from < climbed.valid_to
)

select distinct profile, department, node, valid_from, valid_to from climbed
