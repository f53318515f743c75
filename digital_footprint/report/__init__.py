"""The exposure report: facts built once from the database, printed in three forms."""
