-- value is the whole number in every row: the accountable answers for all of it, a share says how it is apportioned.
-- Summing `role = 'accountable'` gives the company; summing everything does not.
select
    owners.profile, owners.department, owners.department_kind, owners.function, owners.role, owners.share,
    kpi.metric, kpi.class, kpi.account_id, kpi.platform, kpi.brand, kpi.campaign, kpi.day,
    kpi.value, kpi.unit, kpi.currency, kpi.aggregation, kpi.missing_reason,
    kpi.numerator, kpi.denominator, kpi.is_provisional,
    owners.ownership_rule, owners.reason, owners.approved_by
from {{ ref('kpi_daily') }} as kpi
inner join {{ ref('int_owner_by_day') }} as owners on kpi.metric = owners.metric and kpi.day = owners.day
