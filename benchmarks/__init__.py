"""One script a figure: ``python -m benchmarks.NAME [--quick]``, each ending with one JSON object on its last line."""
