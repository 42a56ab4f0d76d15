"""Moving a shop in: the invoices of its old program become documents of this one."""
