"""The commands of `footprint`, one module per noun."""
