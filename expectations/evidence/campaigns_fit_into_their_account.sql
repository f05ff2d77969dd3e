-- Campaigns are parts of their account. One in a hundred more is rounding, or two reports taken at different hours; beyond that the
-- account's report is the older one, or one of another advertiser's account.
with

days as (
    select
        metric, account_id, day,
        sum(value) filter (where member != 'unattributed') as of_campaigns, sum(value) as of_account
    from kpi_breakdown
    where dimension = 'campaign' and campaign = '' and post = '' and aggregation = 'additive'
    group by metric, account_id, day
)

select
    concat_ws(' ', metric, 'of', account_id) as subject, count(*) as checked,
    count(*) filter (where of_campaigns > of_account + abs(of_account) / 100) as offences,
    concat_ws(
        ' ',
        'from', min(day) filter (where of_campaigns > of_account + abs(of_account) / 100),
        'to', max(day) filter (where of_campaigns > of_account + abs(of_account) / 100),
        '; on', arg_max(day, of_campaigns - of_account),
        'campaigns say', arg_max(of_campaigns, of_campaigns - of_account), 'and the account', arg_max(of_account, of_campaigns - of_account)
    ) as detail
from days
group by metric, account_id
