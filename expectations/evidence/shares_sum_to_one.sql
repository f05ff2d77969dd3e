-- Where one share of a number is given all must be, and they make a whole; a share of people or of a ratio means nothing.
with

cells as (
    select
        owned.profile, owned.metric, owned.account_id, owned.campaign, owned.day,
        count(*) as bookings, count(owned.share) as given, sum(owned.share) as total,
        coalesce(bool_and(owned.share between 0 and 1) filter (where owned.share is not null), true) as are_parts,
        coalesce(any_value(metrics.aggregation) = 'additive', false) as adds_up
    from owned_kpi_daily as owned
    left join rule_metrics as metrics on owned.metric = metrics.metric
    group by owned.profile, owned.metric, owned.account_id, owned.campaign, owned.day
)

select
    concat_ws(' ', metric, 'in profile', profile) as subject, count(*) as checked,
    count(*) filter (where given > 0 and not (adds_up and given = bookings and are_parts and abs(total - 1) <= 1e-9)) as offences,
    concat_ws(
        ' ', 'shares from', min(total) filter (where given > 0), 'to', max(total) filter (where given > 0),
        case when not bool_and(adds_up) then 'on a metric that does not add up' end
    ) as detail
from cells
group by profile, metric
