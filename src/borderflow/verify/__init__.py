"""What came, beside what was forecast: reports as outcomes, comparators, scores."""

from borderflow.verify.verify import Verification, main_reading, score, verify

__all__ = ["Verification", "main_reading", "score", "verify"]
