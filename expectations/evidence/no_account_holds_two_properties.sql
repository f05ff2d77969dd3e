-- A property that was renamed tells the numbers of before under its new name; another property tells others. Newest words of each, side by side:
-- the last digits of a count still move for days, so what is alike by nine tenths is alike.
with
named as (
    select file_hash, account_id, source_file, delivery_order, unnest(whose) as whose from landing_files where len(whose) > 0
),

several as (select account_id from named group by account_id having count(distinct whose) > 1),

told as (
    select
        named.account_id, named.whose, counts.metric, counts.day, counts.campaign, counts.post, counts.dimension, counts.member,
        arg_max(counts.value, named.delivery_order) as value, arg_max(named.source_file, named.delivery_order) as source_file
    from landing_counts as counts
    inner join named using (file_hash)
    semi join several using (account_id)
    where not counts.is_lifetime
    group by all
),

compared as (
    select
        one.account_id, min(one.source_file) as source_file, min(other.source_file) as other_file, count(*) as counts,
        count(*) filter (where abs(one.value - other.value) > greatest(one.value, other.value) / 10) as unlike
    from told as one
    inner join told as other using (account_id, metric, day, campaign, post, dimension, member)
    where one.whose < other.whose and greatest(one.value, other.value) > 0
    group by one.account_id, one.whose, other.whose
)

select
    account_id as subject, 1 as checked, case when unlike >= 3 and unlike * 2 > counts then 1 else 0 end as offences,
    concat_ws(' ', other_file, 'tells other numbers than', source_file, 'on', unlike, 'of', counts, 'counts of the same days') as detail
from compared
