"""`stockbook replay`: the past of a shop, posted anew from the file of its old program."""
