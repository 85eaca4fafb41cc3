"""The workers' autoscaling, simulated with the values that stand in terraform/."""
