-- A warning: what nobody answers for in the profile that the company shows. The numbers stand, and the page names them.
select
    owned.metric as subject, 1 as checked,
    max(case when owned.department = 'unassigned' then 1 else 0 end) as offences,
    concat_ws(
        ' ', 'unassigned from', min(owned.day) filter (where owned.department = 'unassigned'), 'in profile', owned.profile
    ) as detail
from owned_kpi_daily as owned
inner join rule_settings as settings on owned.profile = settings.profile
where owned.role = 'accountable'
group by owned.metric, owned.profile
