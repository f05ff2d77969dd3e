select brand, parent, kind, name_en, name_zh, name_es, name_ko
from {{ source('rules', 'brands') }}
