{# Events have no key of their own, so a newer file covers an older one in two ways, and only in these:
   the same record delivered again (an overlapping export), or the same export delivered again under its own name (a restatement),
   which replaces the older one between its first and last instant. Anything wider would delete rows that the newer file never spoke of.
   Almost no record comes twice, so the exact comparison is left to those whose hash does: ranking all of them costs several times as much. #}
{% macro event_generations(relation, identity) %}
{%- set record = relation ~ '.account_id, ' ~ relation ~ '.' ~ identity | join(', ' ~ relation ~ '.') %}
{%- set fingerprint = 'hash(' ~ record ~ ')' %}
spans as (
    select
        file_hash, any_value(account_id) as account_id, any_value(file_name) as file_name, any_value(delivery_order) as delivery_order,
        min(at_utc) as first_at, max(at_utc) as last_at
    from {{ relation }}
    group by file_hash
),

restatements as (
    select older.file_hash, newer.first_at, newer.last_at
    from spans as older
    inner join spans as newer
        on
            older.account_id = newer.account_id and older.file_name = newer.file_name
            and older.delivery_order < newer.delivery_order
            and older.first_at <= newer.last_at and newer.first_at <= older.last_at
),

restated as materialized (
    select {{ relation }}.file_hash, {{ relation }}.line
    from {{ relation }}
    inner join restatements
        on {{ relation }}.file_hash = restatements.file_hash and {{ relation }}.at_utc between restatements.first_at and restatements.last_at
),

alike as (
    select {{ fingerprint }} as fingerprint from {{ relation }} group by {{ fingerprint }} having count(*) > 1
),

ranked as (
    select
        {{ relation }}.file_hash, {{ relation }}.line,
        dense_rank() over (
            partition by {{ record }}
            order by {{ relation }}.delivery_order desc, {{ relation }}.line
        ) as generation
    from {{ relation }}
    inner join alike on {{ fingerprint }} = alike.fingerprint
    -- a copy that was taken back is nobody's newer record
    anti join restated on {{ relation }}.file_hash = restated.file_hash and {{ relation }}.line = restated.line
),

covered as (
    select file_hash, line from ranked where generation > 1
    union
    select file_hash, line from restated
),

marked as (
    -- not a left join: its size is misjudged, and all records would be laid into a hash table to be looked up from the few
    select
        {{ relation }}.*,
        row({{ relation }}.file_hash, {{ relation }}.line) not in (select row(covered.file_hash, covered.line) from covered) as is_current
    from {{ relation }}
)
{% endmacro %}

{# Of what a member is one: the breakdown it stands in, of its campaign. #}
{% macro whole_of(relation) %}concat_ws(chr(31), 'members', {{ relation }}.campaign, {{ relation }}.dimension){% endmacro %}
