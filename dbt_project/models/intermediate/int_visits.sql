-- How often people came and how long they stayed, of each account whose activity is delivered, and of the company where that is all of them.
with

growth as (select account_id, period_kind, period_start from {{ ref('int_growth') }}),

visited as (select account_id from {{ ref('int_coverage') }} where shape = 'activity'),

others as (
    select distinct account_id
    from growth
    where account_id != {{ the_company() }} and account_id not in (from visited)
),

-- A company of which one account only knows its buyers does not know its visits. A company of one account has that account's numbers:
-- its people are not counted once more.
scopes as (
    select account_id, account_id as counted_as from visited
    union all
    select {{ the_company() }}, if(count(*) = 1, any_value(account_id), {{ the_company() }})
    from visited
    where not exists (from others)
    having count(*) > 0
),

parts as (
    select scopes.account_id, visited.account_id as part
    from scopes
    inner join visited on scopes.account_id in (visited.account_id, {{ the_company() }})
    where scopes.account_id = scopes.counted_as
),

activity as (
    select account_id, person, day, seconds from {{ ref('stg_activity') }} where is_current and seconds is not null
),

spent as (select account_id, day, sum(seconds) as seconds from activity group by account_id, day),

timed as materialized (select distinct account_id, hash(person) as person, day from activity),

counted as (
    {% for kind in people_kinds() %}
    select
        '{{ kind }}' as period_kind, parts.account_id, {{ period_of(kind, 'sessions.day') }} as period_start,
        sum(sessions.visits) as visits, null as seconds, null as people_timed
    from parts inner join {{ ref('int_sessions') }} as sessions on parts.part = sessions.account_id group by all
    union all
    select '{{ kind }}', parts.account_id, {{ period_of(kind, 'spent.day') }}, null, sum(spent.seconds), null
    from parts inner join spent on parts.part = spent.account_id group by all
    union all
    select '{{ kind }}', parts.account_id, {{ period_of(kind, 'timed.day') }}, null, null, count(distinct timed.person)
    from parts inner join timed on parts.part = timed.account_id group by all
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

totals as (
    select account_id, period_kind, period_start, sum(visits) as visits, sum(seconds) as seconds, sum(people_timed) as people_timed
    from counted
    group by account_id, period_kind, period_start
),

clocks as (select distinct account_id from totals where seconds is not null)

select
    scopes.account_id, growth.period_kind, growth.period_start,
    cast(coalesce(totals.visits, 0) as bigint) as visits,
    case when clocks.account_id is not null then cast(coalesce(totals.seconds, 0) as decimal(38, 6)) end as seconds,
    case when clocks.account_id is not null then cast(coalesce(totals.people_timed, 0) as bigint) end as people_timed
from scopes
inner join growth using (account_id)
left join clocks on scopes.counted_as = clocks.account_id
left join totals
    on
        scopes.counted_as = totals.account_id
        and growth.period_kind = totals.period_kind and growth.period_start = totals.period_start
