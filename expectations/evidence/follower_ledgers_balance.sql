-- What came, less what left, is what the audience grew by; platforms that remove accounts or count late leave a rest.
-- A rest of more than one in a thousand, and of more than ten people, is more than that.
select
    account_id as subject, count(residual) as checked,
    count(*) filter (where abs(residual) > greatest(10, opening / 1000.0)) as offences,
    concat_ws(
        ' ',
        arg_max(residual, abs(residual)),
        'of',
        arg_max(opening, abs(residual)),
        'followers unexplained on',
        arg_max(day, abs(residual))
    ) as detail
from follower_ledger
group by account_id
