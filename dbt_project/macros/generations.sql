{# Events have no key of their own, so a newer file covers an older one in two ways, and only in these:
   the same record delivered again (an overlapping export), or the same export delivered again under its own name (a restatement),
   which replaces the older one between its first and last instant. Anything wider would delete rows that the newer file never spoke of. #}
{% macro event_generations(relation, identity) %}
spans as (
    select account_id, file_name, delivery_order, min(at_utc) as first_at, max(at_utc) as last_at
    from {{ relation }}
    group by all
),

restated as (
    select older.account_id, older.file_name, older.delivery_order, newer.first_at, newer.last_at
    from spans as older
    inner join spans as newer
        on
            older.account_id = newer.account_id and older.file_name = newer.file_name
            and older.delivery_order < newer.delivery_order
            and older.first_at <= newer.last_at and newer.first_at <= older.last_at
),

ranked as (
    select
        *,
        row_number() over (
            partition by account_id, {{ identity | join(', ') }}
            order by delivery_order desc, line
        ) as generation
    from {{ relation }}
),

marked as (
    select
        ranked.* exclude (generation),
        ranked.generation = 1 and not exists (
            select 1 from restated
            where
                restated.account_id = ranked.account_id and restated.file_name = ranked.file_name
                and restated.delivery_order = ranked.delivery_order
                and ranked.at_utc between restated.first_at and restated.last_at
        ) as is_current
    from ranked
)
{% endmacro %}
