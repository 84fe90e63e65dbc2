"""Adapters that read what others publish into the rows of a scenario, and nothing else."""
