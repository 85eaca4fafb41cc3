output "group_name" {
  description = "The autoscaling group."
  value       = aws_autoscaling_group.this.name
}

output "backlog_per_worker" {
  description = "How many ready messages a worker may have before another is started."
  value       = local.backlog_per_worker
}

output "drain_seconds" {
  description = "How long a leaving worker has."
  value       = local.drain_seconds
}
