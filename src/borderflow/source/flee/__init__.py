"""Folders of Flee, the field's public agent-based model, read as they are and written back."""
