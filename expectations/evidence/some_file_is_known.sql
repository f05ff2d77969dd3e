-- One row: an inbox that vanished and a ledger that cannot be found look alike, and neither may pass for a quiet night.
select count(*) as files, count(distinct file_hash) as contents, count(*) - count(file_hash) as nameless
from landing_files
