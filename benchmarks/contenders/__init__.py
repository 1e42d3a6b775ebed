"""Who scores everyone in the `rfm` benchmark, one module each; each is called with the files ORDERS SCORES."""
