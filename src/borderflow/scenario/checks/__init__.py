"""The checks of a scenario, by subject; `borderflow.scenario.check` runs them."""
