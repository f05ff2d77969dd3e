-- The distinct bookings. An exception counts only where its ownership row gives both a reason and the name of who approved it.
select
    owned.profile, owned.metric, owned.class, owned.department,
    case
        when owned.department = 'unassigned' then owned.department_kind
        when trim(rules.reason) != '' and trim(rules.approved_by) != '' then 'approved in writing'
        else owned.department_kind
    end as ground,
    count(*) as cells, min(owned.day) as first_day
from owned_kpi_daily as owned
left join rule_ownership as rules on owned.ownership_rule = rules.ownership_rule
where owned.role = 'accountable'
group by all
