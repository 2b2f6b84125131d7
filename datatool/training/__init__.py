"""Plan to model: the fit loop, the Trainer protocol, trainers, freezing, heads, losses, checkpoints."""
