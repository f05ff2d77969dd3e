-- Each booking is held against the ownership row it names: profile, function, department, role and share agree, and every day lies
-- inside the days on which that row speaks for the function, be it the function's own row or one of a function above it.
-- Nobody answers only on days that no row covers, or where a row says so: otherwise giving a number to nobody would be a way around the law.
with

bookings as (
    select
        owned.profile, owned.metric, owned.department, owned.department_kind, owned.role, owned.share, owned.ownership_rule,
        owned.function, metrics.function as true_function, metrics.aggregation, owned.day, count(*) as checked
    from owned_kpi_daily as owned
    left join rule_metrics as metrics on owned.metric = metrics.metric
    where owned.department != 'unassigned' or owned.ownership_rule is not null
    group by all
),

-- a department may change its kind on a date, so it may have several; a row may give a number to nobody
kinds as (
    select profile, department, list(kind) as kinds from rule_departments
    group by all
    union all
    select distinct profile, 'unassigned', ['unassigned'] from rule_departments
),

named as (
    select
        bookings.profile, bookings.metric, bookings.department,
        sum(bookings.checked) as checked, min(bookings.day) as first_day,
        coalesce(sum(bookings.checked) filter (where not coalesce(
            rules.department = bookings.department
            and bookings.function = bookings.true_function
            and rules.role = bookings.role
            and list_contains(kinds.kinds, bookings.department_kind)
            and (
                bookings.share is not distinct from rules.share
                or (bookings.share is null and bookings.aggregation != 'additive')
            ),
            false
        )), 0) as offences
    from bookings
    left join rule_owners as rules
        on
            bookings.ownership_rule = rules.ownership_rule and bookings.profile = rules.profile
            and bookings.true_function = rules.function
            and (rules.valid_from is null or rules.valid_from <= bookings.day)
            and (rules.valid_to is null or bookings.day < rules.valid_to)
    left join kinds on bookings.profile = kinds.profile and bookings.department = kinds.department
    group by bookings.profile, bookings.metric, bookings.department
),

unowned as (
    select owned.profile, owned.metric, metrics.function, owned.day, count(*) as checked
    from owned_kpi_daily as owned
    left join rule_metrics as metrics on owned.metric = metrics.metric
    where owned.department = 'unassigned' and owned.ownership_rule is null
    group by all
),

forgotten as (
    select
        unowned.profile, unowned.metric, unowned.day, unowned.checked,
        bool_or(unowned.function is null or rules.ownership_rule is not null) as is_owned
    from unowned
    left join rule_owners as rules
        on
            unowned.profile = rules.profile and unowned.function = rules.function and rules.role = 'accountable'
            and (rules.valid_from is null or unowned.day >= rules.valid_from)
            and (rules.valid_to is null or unowned.day < rules.valid_to)
    group by unowned.profile, unowned.metric, unowned.day, unowned.checked
)

select
    concat_ws(' ', metric, 'at', department, 'in profile', profile) as subject, checked,
    offences,
    concat_ws(' ', 'no ownership row says so, from', first_day) as detail
from named
union all
select
    concat_ws(' ', metric, 'at nobody in profile', profile) as subject, sum(checked) as checked,
    coalesce(sum(checked) filter (where is_owned), 0) as offences,
    concat_ws(' ', 'an ownership row names who answers, from', min(day) filter (where is_owned)) as detail
from forgotten
group by profile, metric
