-- Nothing to undo: the function goes with its table.
select 1;
