-- Who was there on which company days: the one fact that cohorts, growth and frequency are counted from. People are numbers and the days
-- of nine weeks are the bits of one, so that one grouping of whole numbers does the work of a distinct and a sort.
with

visited as (
    {{ stretches_of(ref('stg_activity'), 'is_current') }}
),

recorded as (select account, min(first_day) as first_day from visited group by account),

-- Orders stand in for activity up to the day from which it is recorded: after it, who is there is what activity says.
-- They count whatever became of them: who bought and sent it back was there.
bought as (
    select orders.account_id, orders.person, orders.day
    from {{ ref('stg_orders') }} as orders
    left join recorded on hash(orders.account_id) = recorded.account
    where orders.is_current and orders.person is not null and (recorded.first_day is null or orders.day < recorded.first_day)
),

seen as (
    select * from visited
    union all
    ({{ stretches_of('bought') }})
),

accounts_seen as (select min(account) != max(account) as are_several from seen),

-- The company's people are not the sum of its accounts' people: who was in two accounts is one person, and a day in both is one day.
everybody as (
    select * from seen
    union all
    select hash({{ the_company() }}) as account, seen.* exclude (account)
    from seen
    cross join accounts_seen
    where accounts_seen.are_several
),

stretches as (
    select account, person, stretch, bit_or(days) as days, min(first_day) as begins_on, max(last_day) as last_day
    from everybody
    group by account, person, stretch
),

people as (select account, person, min(begins_on) as first_day, max(last_day) as latest_day from stretches group by account, person),

-- One order of all stretches: a partition a person costs several times as much. The first of each has none before it.
followed as (
    select
        account, person, stretch, days, begins_on, last_day,
        lag(last_day) over (order by account, person, stretch) as day_before_in_order
    from stretches
),

accounts as (
    select {{ the_company() }} as account_id
    union
    select account_id from {{ ref('stg_files') }}
)

select
    accounts.account_id, person, followed.stretch, followed.days, people.first_day,
    if(followed.begins_on = people.first_day, date '0001-01-01', followed.day_before_in_order) as previous_day,
    followed.last_day, followed.last_day = people.latest_day as is_latest
from followed
inner join people using (account, person)
inner join accounts on followed.account = hash(accounts.account_id)
