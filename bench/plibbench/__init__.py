"""The benchmarks of plib: what is measured, how, against what, and how the result is told."""
