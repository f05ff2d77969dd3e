-- dbt reads the rules from files; the guards hold the validated set. One row per table: rows that are in only one of the two.
with

apart as (
    select 'metrics' as rule_table, (select count(*) from rule_metrics) as declared, count(*) as differing
    from (
        (
            select metric, class, function, unit, aggregation, feed from rule_metrics
            except
            select metric, class, function, unit, aggregation, feed from handed_metrics
        )
        union all
        (
            select metric, class, function, unit, aggregation, feed from handed_metrics
            except
            select metric, class, function, unit, aggregation, feed from rule_metrics
        )
    ) as differences
    union all
    select 'class_rules' as rule_table, (select count(*) from rule_class_rules) as declared, count(*) as differing
    from (
        (
            select class, department_kind from rule_class_rules
            except
            select class, department_kind from handed_class_rules
        )
        union all
        (
            select class, department_kind from handed_class_rules
            except
            select class, department_kind from rule_class_rules
        )
    ) as differences
    union all
    select 'departments' as rule_table, (select count(*) from rule_departments) as declared, count(*) as differing
    from (
        (
            select profile, department, kind from rule_departments
            except
            select profile, department, kind from handed_departments
        )
        union all
        (
            select profile, department, kind from handed_departments
            except
            select profile, department, kind from rule_departments
        )
    ) as differences
    union all
    select 'ownership' as rule_table, (select count(*) from rule_ownership) as declared, count(*) as differing
    from (
        (
            select ownership_rule, profile, function, department, role, share, valid_from, valid_to from rule_ownership
            except
            select ownership_rule, profile, function, department, role, share, valid_from, valid_to from handed_ownership
        )
        union all
        (
            select ownership_rule, profile, function, department, role, share, valid_from, valid_to from handed_ownership
            except
            select ownership_rule, profile, function, department, role, share, valid_from, valid_to from rule_ownership
        )
    ) as differences
    union all
    select 'owners' as rule_table, (select count(*) from rule_owners) as declared, count(*) as differing
    from (
        (
            select ownership_rule, profile, function, through, department, role, share, valid_from, valid_to from rule_owners
            except
            select ownership_rule, profile, function, through, department, role, share, valid_from, valid_to from handed_owners
        )
        union all
        (
            select ownership_rule, profile, function, through, department, role, share, valid_from, valid_to from handed_owners
            except
            select ownership_rule, profile, function, through, department, role, share, valid_from, valid_to from rule_owners
        )
    ) as differences
)

select rule_table, declared, differing from apart
