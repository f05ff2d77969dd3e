select
    own.ownership_rule, own.profile, own.function, own.department, own.role, own.share,
    own.valid_from, own.valid_to, own.reason, own.approved_by,
    functions.name_en, functions.name_zh, functions.name_es, functions.name_ko
from {{ source('rules', 'ownership') }} as own
left join {{ source('rules', 'functions') }} as functions using (function)
