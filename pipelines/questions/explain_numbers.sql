-- The published cells of a metric on a day, once for each department that stands beside them in the profile, with the row that says so.
select
    kpi.*, owned.profile, owned.department, owned.department_kind, owned.function, owned.role, owned.share,
    owned.ownership_rule, owned.reason, owned.approved_by, rule.valid_from, rule.valid_to,
    catalogue.name_en, catalogue.description, files.file_hash, reasons.text_en as missing_text,
    law.department_kind is null and owned.department_kind != 'unassigned' and owned.role = 'accountable' as is_override
from kpi_daily as kpi
inner join owned_kpi_daily as owned
    on owned.metric = kpi.metric and owned.account_id = kpi.account_id and owned.campaign = kpi.campaign and owned.day = kpi.day
inner join metric_catalogue as catalogue on catalogue.metric = kpi.metric
left join ownership as rule
    on rule.ownership_rule = owned.ownership_rule and rule.profile = owned.profile
left join class_rules as law on law.class = kpi.class and law.department_kind = owned.department_kind
left join files on files.source_file = kpi.source_file
left join missing_reasons as reasons on reasons.reason = kpi.missing_reason
where
    kpi.metric = $metric and kpi.day = $day and owned.profile = $profile
    and ($account is null or kpi.account_id = $account) and ($campaign is null or kpi.campaign = $campaign)
qualify row_number() over (
    partition by kpi.account_id, kpi.campaign, owned.role, owned.department order by files.received_at desc
) = 1
order by kpi.account_id, kpi.campaign, owned.role, owned.department
