select function, parent, name_en, name_zh, name_es, name_ko, described_by
from {{ source('rules', 'functions') }}
