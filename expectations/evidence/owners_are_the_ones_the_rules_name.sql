-- Each booking is held against the ownership row it names: profile, function, department, role and share agree,
-- and every day lies inside its dates.
-- Unassigned is lawful only on days that no row covers: otherwise giving a number to nobody would be a way around the law.
with

bookings as (
    select
        owned.profile, owned.metric, owned.department, owned.department_kind, owned.role, owned.share, owned.ownership_rule,
        owned.function, metrics.function as true_function, metrics.aggregation,
        min(owned.day) as first_day, max(owned.day) as last_day, count(*) as checked
    from owned_kpi_daily as owned
    left join rule_metrics as metrics on owned.metric = metrics.metric
    where owned.department != 'unassigned'
    group by all
),

-- a department may change its kind on a date, so it may have several
kinds as (
    select profile, department, list(kind) as kinds from rule_departments
    group by all
),

named as (
    select
        bookings.profile, bookings.metric, bookings.department, bookings.checked, bookings.first_day,
        coalesce(
            rules.profile = bookings.profile
            and rules.function = bookings.true_function
            and bookings.function = bookings.true_function
            and rules.department = bookings.department
            and rules.role = bookings.role
            and list_contains(kinds.kinds, bookings.department_kind)
            and (rules.valid_from is null or rules.valid_from <= bookings.first_day)
            and (rules.valid_to is null or bookings.last_day < rules.valid_to)
            and (
                bookings.share is not distinct from rules.share
                or (bookings.share is null and bookings.aggregation != 'additive')
            ),
            false
        ) as agrees
    from bookings
    left join rule_ownership as rules on bookings.ownership_rule = rules.ownership_rule
    left join kinds on bookings.profile = kinds.profile and bookings.department = kinds.department
),

unowned as (
    select owned.profile, owned.metric, metrics.function, owned.day, count(*) as checked
    from owned_kpi_daily as owned
    left join rule_metrics as metrics on owned.metric = metrics.metric
    where owned.department = 'unassigned'
    group by all
),

forgotten as (
    select
        unowned.profile, unowned.metric, unowned.day, unowned.checked,
        bool_or(unowned.function is null or rules.ownership_rule is not null) as is_owned
    from unowned
    left join rule_ownership as rules
        on
            unowned.profile = rules.profile and unowned.function = rules.function and rules.role = 'accountable'
            and (rules.valid_from is null or unowned.day >= rules.valid_from)
            and (rules.valid_to is null or unowned.day < rules.valid_to)
    group by unowned.profile, unowned.metric, unowned.day, unowned.checked
)

select
    concat_ws(' ', metric, 'at', department, 'in profile', profile) as subject, checked,
    case when agrees then 0 else checked end as offences,
    concat_ws(' ', 'no ownership row says so, from', first_day) as detail
from named
union all
select
    concat_ws(' ', metric, 'at nobody in profile', profile) as subject, sum(checked) as checked,
    coalesce(sum(checked) filter (where is_owned), 0) as offences,
    concat_ws(' ', 'an ownership row names who answers, from', min(day) filter (where is_owned)) as detail
from forgotten
group by profile, metric
