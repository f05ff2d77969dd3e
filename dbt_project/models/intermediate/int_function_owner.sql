-- Who answers for a function, in which profile, from when to when. The intervals are half-open: the last day is not in them.
with

owners as (
    select *, coalesce(valid_from, date '0001-01-01') as from_day, coalesce(valid_to, date '9999-12-31') as to_day
    from {{ source('rules', 'ownership') }}
),

departments as (
    select *, coalesce(valid_from, date '0001-01-01') as from_day, coalesce(valid_to, date '9999-12-31') as to_day
    from {{ source('rules', 'departments') }}
),

-- A department may have several dated rows (another kind, another centre): an owner is cut where its department changes, never doubled.
dated as (
    select
        owners.profile, owners.function, owners.department, departments.kind as department_kind, owners.role, owners.share,
        greatest(owners.from_day, departments.from_day) as valid_from,
        least(owners.to_day, departments.to_day) as valid_to,
        owners.ownership_rule, owners.reason, owners.approved_by
    from owners
    inner join departments using (profile, department)
)

select * from dated where valid_from < valid_to
