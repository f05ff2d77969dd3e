-- dbt reads the rules from files; the guards hold the validated set. One row per table: rows that are in only one of the two, or twice.
-- Both sides have the columns that views.py names: all that decides a number, a name in some language left aside.
with

apart as (
    select 'metrics' as rule_table, (select count(*) from rule_metrics) as declared, count(*) as differing
    from ((from rule_metrics except all from handed_metrics) union all (from handed_metrics except all from rule_metrics)) as differences
    union all
    select 'class_rules' as rule_table, (select count(*) from rule_class_rules) as declared, count(*) as differing
    from ((from rule_class_rules except all from handed_class_rules) union all (from handed_class_rules except all from rule_class_rules)) as differences
    union all
    select 'functions' as rule_table, (select count(*) from rule_functions) as declared, count(*) as differing
    from ((from rule_functions except all from handed_functions) union all (from handed_functions except all from rule_functions)) as differences
    union all
    select 'departments' as rule_table, (select count(*) from rule_departments) as declared, count(*) as differing
    from ((from rule_departments except all from handed_departments) union all (from handed_departments except all from rule_departments)) as differences
    union all
    select 'ownership' as rule_table, (select count(*) from rule_ownership) as declared, count(*) as differing
    from ((from rule_ownership except all from handed_ownership) union all (from handed_ownership except all from rule_ownership)) as differences
    union all
    select 'owners' as rule_table, (select count(*) from rule_owners) as declared, count(*) as differing
    from ((from rule_owners except all from handed_owners) union all (from handed_owners except all from rule_owners)) as differences
    union all
    select 'channels' as rule_table, (select count(*) from rule_channels) as declared, count(*) as differing
    from ((from rule_channels except all from handed_channels) union all (from handed_channels except all from rule_channels)) as differences
    union all
    select 'event_rules' as rule_table, (select count(*) from rule_event_rules) as declared, count(*) as differing
    from ((from rule_event_rules except all from handed_event_rules) union all (from handed_event_rules except all from rule_event_rules)) as differences
    union all
    select 'attribution_models' as rule_table, (select count(*) from rule_attribution_models) as declared, count(*) as differing
    from ((from rule_attribution_models except all from handed_attribution_models) union all (from handed_attribution_models except all from rule_attribution_models)) as differences
    union all
    select 'missing_reasons' as rule_table, (select count(*) from rule_missing_reasons) as declared, count(*) as differing
    from ((from rule_missing_reasons except all from handed_missing_reasons) union all (from handed_missing_reasons except all from rule_missing_reasons)) as differences
)

select rule_table, declared, differing from apart
