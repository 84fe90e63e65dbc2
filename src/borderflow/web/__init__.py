"""The page: what it shows of a run, the report one can mail, and the server that it plays with."""
