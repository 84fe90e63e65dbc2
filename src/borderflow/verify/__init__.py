"""What came, beside what was forecast: reports as outcomes, comparators, scores."""

from borderflow.verify.verify import Verification, verify

__all__ = ["Verification", "verify"]
