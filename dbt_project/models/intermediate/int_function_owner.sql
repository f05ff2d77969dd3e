-- Who answers for a function, in which profile, from when to when. The intervals are half-open: the last day is not in them.
with

owners as (
    select *, coalesce(valid_from, date '0001-01-01') as from_day, coalesce(valid_to, date '9999-12-31') as to_day
    from {{ source('rules', 'owners') }}
),

departments as (
    select
        profile, department, kind,
        coalesce(valid_from, date '0001-01-01') as from_day, coalesce(valid_to, date '9999-12-31') as to_day
    from {{ source('rules', 'departments') }}
    union all
    -- a row may say that nobody answers: what stands there is a department by the name of its kind
    select profiles.profile, kinds.department_kind as department, kinds.department_kind as kind, date '0001-01-01', date '9999-12-31'
    from {{ source('rules', 'department_kinds') }} as kinds
    cross join (select distinct profile from {{ source('rules', 'departments') }}) as profiles
    where not kinds.is_declarable
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
