"""How fast borderflow is, and how much memory it takes: measured, never tested."""
