-- What a department answers for in a period.
{{ scores(ref('int_owned_facts'), ref('int_owned_days'), ['profile'], ['department', 'department_kind']) }}
