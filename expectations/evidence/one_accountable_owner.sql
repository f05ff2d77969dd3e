-- Counted from the numbers outward, for every declared profile: a number that ownership forgot is an offender, not an absence.
-- A null in the key joins to nothing and is therefore named here too.
with

numbers as (select metric, account_id, campaign, day from kpi_daily),

profiles as (select distinct profile from rule_departments),

owners as (
    select profile, metric, account_id, campaign, day, count(*) as owners
    from owned_kpi_daily
    where role = 'accountable'
    group by all
),

counted as (
    select profiles.profile, numbers.metric, numbers.account_id, numbers.day, coalesce(owners.owners, 0) as owners
    from numbers
    cross join profiles
    left join owners
        on
            profiles.profile = owners.profile and numbers.metric = owners.metric and numbers.account_id = owners.account_id
            and numbers.campaign = owners.campaign and numbers.day = owners.day
)

select profile, metric, owners, count(*) as cells, min(account_id) as account_id, min(day) as first_day
from counted
group by profile, metric, owners
