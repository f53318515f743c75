"""Optional programs that ask many sites about an address: their environments, and our way in.

`environments` makes them; `asking` and `run_*` run inside them, and are never imported by us.
"""
