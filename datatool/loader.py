"""BalancedLoader: wires sampler, pipeline and framework together, nothing else."""
