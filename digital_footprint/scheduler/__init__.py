"""The jobs: what each does, and how one run of one of them is made and recorded."""
