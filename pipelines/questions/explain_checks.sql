-- What the checks of this version said. `message` tells which of them speak of the metric or of one of its accounts.
select check_name, layer, verdict, rows_seen, offenders, blocking, message
from data_quality
order by layer, check_name
