{{ scores(ref('int_tree_facts'), ['tree', 'profile'], ['node']) }}
