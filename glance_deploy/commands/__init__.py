"""One verb of the command line a file; each returns a Result."""
