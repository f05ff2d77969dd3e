-- The fifteen-minute rule and its kin: wall clock, to the microsecond. Which step stops which clock is a row of response_rules.
with

cases as (select * from {{ ref('stg_cases') }} where is_current),

-- An answer that nobody wrote is none.
steps as (
    {% for step in ['answered', 'closed', 'approved', 'executed'] %}
    select
        account_id, kind, case_id, day, opened_at_utc, closed_at_utc, '{{ step }}' as step, {{ step }}_at_utc as stated_at_utc,
        {% if step == 'answered' %}if(is_auto_reply, null, answered_at_utc){% else %}{{ step }}_at_utc{% endif %} as done_at_utc
    from cases
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

-- An export of a listening tool never says who answered: no answer in it is no silence, it is not known.
said as (select distinct account_id, step from steps where stated_at_utc is not null),

received as (
    select files.account_id, max(files.received_at at time zone run.time_zone at time zone 'UTC') as received_at_utc
    from {{ ref('stg_files') }} as files
    cross join {{ source('run', 'inputs') }} as run
    where files.received_stated and files.file_hash in (select cases.file_hash from {{ ref('stg_cases') }} as cases)
    group by files.account_id
),

-- How far an account's silence is known: to the stated reception, or to the last thing that its files tell.
known as (
    select cases.account_id, greatest(max(received.received_at_utc), max(cases.opened_at_utc), max(cases.answered_at_utc)) as known_to_utc
    from cases
    left join received using (account_id)
    group by cases.account_id
),

-- What lies before the opening answers something else.
timed as (
    select
        steps.account_id, steps.kind, steps.case_id, steps.day, rules.* exclude (kind, step, note),
        epoch_us(case when steps.done_at_utc >= steps.opened_at_utc then steps.done_at_utc end) - epoch_us(steps.opened_at_utc) as taken_us,
        epoch_us(known.known_to_utc) - epoch_us(steps.opened_at_utc) as waited_us,
        steps.closed_at_utc is not null as is_closed
    from steps
    inner join said using (account_id, step)
    inner join known using (account_id)
    inner join {{ source('rules', 'response_rules') }} as rules on steps.kind = rules.kind and steps.step = rules.step
)

select
    account_id, clock, kind, case_id, day,
    cast(round(taken_us / 60000000, 6) as decimal(38, 6)) as minutes,
    cast(target_minutes as decimal(38, 6)) as target_minutes,
    case when target_minutes is not null then coalesce(taken_us <= target_minutes * 60000000, false) end as is_met,
    -- nobody is late before the time is over
    coalesce(taken_us is null and waited_us < target_minutes * 60000000, false) as is_pending,
    coalesce(taken_us <= fast_minutes * 60000000, false) as is_fast,
    coalesce(taken_us >= slow_minutes * 60000000, false) as is_slow,
    coalesce(taken_us is null and waited_us > overdue_minutes * 60000000, false) as is_overdue
from timed
where not (ends_when_closed and is_closed and taken_us is null)
