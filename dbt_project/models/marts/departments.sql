select profile, department, kind, centre, reports_to, valid_from, valid_to, name_en, name_zh, name_es, name_ko
from {{ source('rules', 'departments') }}
