select reason, text_en, text_zh, text_es, text_ko
from {{ source('rules', 'missing_reasons') }}
