"""`stockbook demo`: a general store with three days of trade, made by the shop's own use cases."""
